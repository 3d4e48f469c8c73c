/** The page schema as HTML: the same nodes and marks as the worker's, plus how they are drawn and read from a paste. */
import { Schema } from 'prosemirror-model';
import type { Attrs, DOMOutputSpec, Mark, MarkSpec, Node, NodeSpec, TagParseRule } from 'prosemirror-model';
import { INTERNAL_LINK, MAX_DEPTH, PAGE_MARKS, PAGE_NODES } from '$lib/documents/page/page-schema.ts';

function draw(tag: string, extra: (node: Node) => Record<string, string> = () => ({})): (node: Node) => DOMOutputSpec {
  return (node) => [tag, { class: node.type.name, 'data-depth': String(node.attrs['depth']), ...extra(node) }, 0];
}

const atDepth = (element: HTMLElement): Attrs => ({ depth: depthOf(element) });
const read = (tag: string, attrs: (element: HTMLElement) => Attrs | false = atDepth): TagParseRule => ({
  tag,
  getAttrs: attrs,
});

const nodes: Record<keyof typeof PAGE_NODES, NodeSpec> = {
  ...PAGE_NODES,
  paragraph: { ...PAGE_NODES.paragraph, toDOM: draw('p'), parseDOM: [read('p')] },
  heading: {
    ...PAGE_NODES.heading,
    toDOM: (node) => draw(`h${String(node.attrs['level'])}`)(node),
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) =>
      read(`h${String(level)}`, (element) => ({ ...atDepth(element), level })),
    ),
  },
  bullet: { ...PAGE_NODES.bullet, toDOM: draw('div'), parseDOM: [read('div.bullet'), read('li')] },
  ordered: {
    ...PAGE_NODES.ordered,
    toDOM: draw('div'),
    parseDOM: [read('div.ordered'), { ...read('ol > li'), priority: 60 }],
  },
  check: {
    ...PAGE_NODES.check,
    toDOM: draw('div', (node) => ({ 'data-checked': String(node.attrs['checked']) })),
    parseDOM: [read('div.check', readCheck), { ...read('li', readTaskItem), priority: 70 }],
  },
  quote: {
    ...PAGE_NODES.quote,
    toDOM: draw('blockquote'),
    parseDOM: [read('blockquote.quote'), { ...read('blockquote'), priority: 40 }],
  },
  code_block: {
    ...PAGE_NODES.code_block,
    toDOM: (node) => [
      'pre',
      { class: 'code_block', 'data-depth': String(node.attrs['depth']), spellcheck: 'false' },
      ['code', 0],
    ],
    parseDOM: [{ ...read('pre'), preserveWhitespace: 'full' }],
  },
  divider: { ...PAGE_NODES.divider, toDOM: () => ['hr', { class: 'divider' }], parseDOM: [read('hr')] },
  image: {
    ...PAGE_NODES.image,
    toDOM: (node) => ['figure', { class: 'image', 'data-file': String(node.attrs['file']) }, String(node.attrs['alt'])],
  },
  unknown_block: { ...PAGE_NODES.unknown_block, toDOM: draw('p') },
  hard_break: { ...PAGE_NODES.hard_break, toDOM: () => ['br'], parseDOM: [{ tag: 'br' }] },
};

const marks: Record<keyof typeof PAGE_MARKS, MarkSpec> = {
  link: {
    ...PAGE_MARKS.link,
    toDOM: (mark) => ['a', { ...linkAttrs(mark), rel: 'noopener noreferrer' }, 0],
    parseDOM: [{ tag: 'a[href]', getAttrs: (element) => readLink(element.getAttribute('href')) }],
  },
  bold: {
    toDOM: () => ['strong', 0],
    parseDOM: [
      { tag: 'strong' },
      { tag: 'b', getAttrs: (element) => (element.style.fontWeight === 'normal' ? false : null) },
      { style: 'font-weight=bold' },
      { style: 'font-weight=700' },
    ],
  },
  italic: { toDOM: () => ['em', 0], parseDOM: [{ tag: 'em' }, { tag: 'i' }, { style: 'font-style=italic' }] },
  strike: {
    toDOM: () => ['s', 0],
    parseDOM: [{ tag: 's' }, { tag: 'del' }, { style: 'text-decoration=line-through' }],
  },
  code: { ...PAGE_MARKS.code, toDOM: () => ['code', 0], parseDOM: [{ tag: 'code' }] },
  unknown_mark: { ...PAGE_MARKS.unknown_mark, toDOM: () => ['span', 0] },
};

export const editorSchema = new Schema<keyof typeof nodes, keyof typeof marks>({ nodes, marks });

/** The address as it may be followed: a document (or a heading in it), the web, or mail. Undefined for all else. */
export function safeHref(href: string): string | undefined {
  if (href.startsWith(INTERNAL_LINK)) return /^archipel:[0-9a-f]{32}(#.*)?$/.test(href) ? href : undefined;
  return URL.canParse(href) && ['http:', 'https:', 'mailto:', 'tel:'].includes(new URL(href).protocol)
    ? href
    : undefined;
}

function linkAttrs(mark: Mark): Record<string, string> {
  const href = safeHref(String(mark.attrs['href']));
  return href === undefined ? {} : { href };
}

function readLink(href: string | null): Attrs | false {
  const safe = href === null ? undefined : safeHref(href);
  return safe === undefined ? false : { href: safe };
}

function readCheck(element: HTMLElement): Attrs {
  return { ...atDepth(element), checked: element.dataset['checked'] === 'true' };
}

function readTaskItem(element: HTMLElement): Attrs | false {
  const box = element.querySelector<HTMLInputElement>(
    ':scope > input[type=checkbox], :scope > p > input[type=checkbox], :scope > label > input[type=checkbox]',
  );
  return box === null ? false : { ...atDepth(element), checked: box.checked };
}

/** Ours says it; of foreign lists the nesting tells. */
function depthOf(element: HTMLElement): number {
  const own = Number(element.dataset['depth'] ?? Number.NaN);
  if (Number.isInteger(own)) return Math.min(MAX_DEPTH, Math.max(0, own));
  let depth = -1;
  for (let list = element.closest('ul, ol'); list !== null; list = list.parentElement?.closest('ul, ol') ?? null)
    depth++;
  return Math.min(MAX_DEPTH, Math.max(0, depth));
}
