/**
 * The shape of a page: flat. A page is a row of blocks, nesting is their `depth`, so that any merge of two edits is
 * again a valid page. Every block keeps the attributes it does not know in `extra`, every unknown block keeps its
 * type. How this looks in HTML is the editor's affair (ui/pages). See docs/spec/page.md.
 */
import { Schema } from 'prosemirror-model';
import type { AttributeSpec, MarkSpec, NodeSpec } from 'prosemirror-model';

/** Raised when a page written by an older client could no longer be read as it was meant. */
export const PAGE_SCHEMA_VERSION = 1;
export const MAX_DEPTH = 8;
export const MAX_HEADING_LEVEL = 6;

const depth: AttributeSpec = { default: 0, validate: validateWhole(0, MAX_DEPTH) };
const extra: AttributeSpec = { default: null };
const text: AttributeSpec = { default: '', validate: 'string' };
const size: AttributeSpec = { default: null, validate: 'number|null' };

function textBlock(attrs: Record<string, AttributeSpec> = {}, spec: Partial<NodeSpec> = {}): NodeSpec {
  return { group: 'block', content: 'inline*', attrs: { depth, ...attrs, extra }, ...spec };
}

export const PAGE_NODES = {
  doc: { content: 'block+' },
  paragraph: textBlock(),
  heading: textBlock({ level: { default: 1, validate: validateWhole(1, MAX_HEADING_LEVEL) } }, { defining: true }),
  bullet: textBlock({}, { defining: true }),
  ordered: textBlock({}, { defining: true }),
  check: textBlock({ checked: { default: false, validate: 'boolean' } }, { defining: true }),
  quote: textBlock({}, { defining: true }),
  // Marks stay allowed: a block that becomes code and back keeps them, as the merged text does.
  code_block: textBlock({ language: text }, { content: 'text*', marks: '_', code: true, defining: true }),
  divider: { group: 'block', atom: true, attrs: { depth, extra } },
  image: {
    group: 'block',
    atom: true,
    draggable: true,
    attrs: { depth, file: text, alt: text, width: size, height: size, extra },
  },
  unknown_block: textBlock({ type: { default: 'unknown', validate: 'string' } }),
  text: { group: 'inline' },
  hard_break: { group: 'inline', inline: true, selectable: false, linebreakReplacement: true },
} as const satisfies Record<string, NodeSpec>;

/** `inclusive: false` is the editor's half of `MARK_EXPAND`: text typed at the end is outside. */
export const PAGE_MARKS = {
  link: { attrs: { href: { validate: 'string' } }, inclusive: false },
  bold: {},
  italic: {},
  strike: {},
  code: { inclusive: false },
  unknown_mark: { attrs: { name: { validate: 'string' }, value: {} }, excludes: '', inclusive: false },
} as const satisfies Record<string, MarkSpec>;

export type PageBlockType = Exclude<keyof typeof PAGE_NODES, 'doc' | 'text' | 'hard_break'>;
export type PageMarkType = keyof typeof PAGE_MARKS;

export const pageSchema = new Schema({ nodes: PAGE_NODES, marks: PAGE_MARKS });

/** A link whose target is a document of the same space. */
export const INTERNAL_LINK = 'archipel:';

function validateWhole(least: number, most: number): (value: unknown) => void {
  return (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`expected a whole number from ${String(least)} to ${String(most)}`);
    }
  };
}
