/**
 * What stands in the Automerge text for a block: a map `{type, …attributes}` without the attributes that have their
 * default. Reading is total: a wrong value counts as absent, a foreign key goes to `extra`, a foreign type to
 * `unknown_block`.
 */
import type { Fragment, Mark, Node, Schema } from 'prosemirror-model';
import type { MarkSet } from '@automerge/automerge/slim';
import { MAX_DEPTH, MAX_HEADING_LEVEL, PAGE_MARKS, PAGE_NODES, pageSchema } from './page-schema.ts';

export type Marker = Readonly<Record<string, unknown>>;
type Attrs = Record<string, unknown>;

const KNOWN_ATTRS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(PAGE_NODES)
    .filter(([type]) => !['doc', 'text', 'hard_break', 'unknown_block'].includes(type))
    .map(([type, spec]) => [type, Object.keys('attrs' in spec ? spec.attrs : {}).filter((name) => name !== 'extra')]),
);

export function markerToBlock(marker: Marker | null, content: Fragment): Node {
  if (marker === null) return pageSchema.nodes.paragraph.create(null, content);
  const type = typeof marker['type'] === 'string' ? marker['type'] : 'unknown';
  const known = KNOWN_ATTRS[type];
  const name = known === undefined ? 'unknown_block' : type;
  const attrs: Attrs = known === undefined ? { type } : {};
  const extra: Attrs = {};
  for (const [key, value] of Object.entries(marker)) {
    if (key === 'type') continue;
    if (key === 'depth' || known?.includes(key) === true) {
      const kept = readAttr(key, value);
      if (kept !== undefined) attrs[key] = kept;
    } else extra[key] = value;
  }
  if (Object.keys(extra).length > 0) attrs['extra'] = extra;
  return nodeType(pageSchema, name).create(attrs, isAtomType(name) ? null : content);
}

export function blockToMarker(block: Node): Marker {
  const marker: Attrs = {};
  if (typeof block.attrs['extra'] === 'object') Object.assign(marker, block.attrs['extra']);
  for (const [key, value] of Object.entries(block.attrs)) {
    if (key !== 'extra' && key !== 'type' && value !== block.type.spec.attrs?.[key]?.default) marker[key] = value;
  }
  marker['type'] = block.type.name === 'unknown_block' ? block.attrs['type'] : block.type.name;
  return marker;
}

export function isAtomMarker(marker: Marker | null): boolean {
  return marker !== null && typeof marker['type'] === 'string' && isAtomType(marker['type']);
}

/** The marks of a stretch of text, in the schema's order; values that no mark can hold are left out of sight. */
export function marksFromSet(set: MarkSet | undefined): readonly Mark[] {
  let marks: readonly Mark[] = [];
  for (const name of Object.keys(set ?? {}).sort()) {
    const mark = markFromValue(name, set?.[name]);
    if (mark !== undefined) marks = mark.addToSet(marks);
  }
  return marks;
}

export function markFromValue(name: string, value: unknown): Mark | undefined {
  if (value === null || value === undefined || value === false) return undefined;
  if (name === 'link') return pageSchema.marks.link.create({ href: plainText(value) });
  if (name in PAGE_MARKS && name !== 'unknown_mark') return pageSchema.marks[name as keyof typeof PAGE_MARKS].create();
  if (!['string', 'number', 'boolean'].includes(typeof value)) return undefined;
  return pageSchema.marks.unknown_mark.create({ name, value });
}

/** Name and value under which Automerge keeps a mark. */
export function markToValue(mark: Mark): { readonly name: string; readonly value: string | number | boolean } {
  if (mark.type.name === 'unknown_mark')
    return { name: String(mark.attrs['name']), value: mark.attrs['value'] as string };
  if (mark.type.name === 'link') return { name: 'link', value: String(mark.attrs['href']) };
  return { name: mark.type.name, value: true };
}

function readAttr(key: string, value: unknown): unknown {
  switch (key) {
    case 'depth':
      return readWhole(value, 0, MAX_DEPTH);
    case 'level':
      return readWhole(value, 1, MAX_HEADING_LEVEL);
    case 'width':
    case 'height':
      return readWhole(value, 1, 100_000);
    case 'checked':
      return typeof value === 'boolean' ? value : undefined;
    default:
      return typeof value === 'string' ? value : undefined;
  }
}

function readWhole(value: unknown, least: number, most: number): number | undefined {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(most, Math.max(least, Math.round(value)))
    : undefined;
}

function plainText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function isAtomType(name: string): boolean {
  return name === 'divider' || name === 'image';
}

function nodeType(schema: Schema, name: string): Schema['nodes'][string] {
  const type = schema.nodes[name];
  if (type === undefined) throw new RangeError(`no such block: ${name}`);
  return type;
}
