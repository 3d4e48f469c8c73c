/** Inline Markdown as marked text: emphasis, code, links, and the `[[wiki links]]` and `![[embeds]]` of vaults. */
import type { PhrasingContent } from 'mdast';
import type { DocumentId } from '../../foundation/ids.ts';
import type { PageNodeJson } from '../views.ts';
import type { LossKind } from './losses.ts';

export type InlinePiece =
  | { readonly kind: 'inline'; readonly node: PageNodeJson }
  | { readonly kind: 'image'; readonly file: string; readonly alt: string };

export interface InlineContext {
  findPage(target: string): DocumentId | undefined;
  lose(kind: LossKind, subject: string): void;
  sourceOf(node: PhrasingContent): string;
}

interface MarkJson {
  readonly type: string;
  readonly attrs?: { readonly href: string };
}

const WIKI_LINK = /(!?)\[\[([^[\]\n]+)\]\]/g;
const IMAGE_FILE = /\.(png|jpe?g|gif|svg|webp|avif|bmp)$/i;
const SAFE_LINK = /^(https?:|mailto:|tel:|obsidian:)/i;

export function inlineFromMarkdown(nodes: readonly PhrasingContent[], context: InlineContext): readonly InlinePiece[] {
  return joinText(nodes.flatMap((node) => convert(node, [], context)));
}

function convert(node: PhrasingContent, marks: readonly MarkJson[], context: InlineContext): InlinePiece[] {
  const inside = (type: string): InlinePiece[] =>
    'children' in node ? node.children.flatMap((child) => convert(child, withMark(marks, { type }), context)) : [];
  switch (node.type) {
    case 'text':
      return splitWikiLinks(node.value.replace(/[ \t]*\n[ \t]*/g, ' '), marks, context);
    case 'strong':
      return inside('bold');
    case 'emphasis':
      return inside('italic');
    case 'delete':
      return inside('strike');
    case 'inlineCode':
      return text(node.value.replace(/\n/g, ' '), withMark(marks, { type: 'code' }));
    case 'break':
      return [{ kind: 'inline', node: { type: 'hard_break' } }];
    case 'image':
      return [{ kind: 'image', file: node.url, alt: node.alt ?? '' }];
    case 'link':
      return convertLink(node, marks, context);
    case 'html':
      if (/^<br\s*\/?>$/i.test(node.value)) return [{ kind: 'inline', node: { type: 'hard_break' } }];
      context.lose('html-as-source', node.value.slice(0, 80));
      return text(node.value, marks);
    default:
      return text(context.sourceOf(node).replace(/\n/g, ' '), marks);
  }
}

function convertLink(
  node: Extract<PhrasingContent, { type: 'link' }>,
  marks: readonly MarkJson[],
  context: InlineContext,
): InlinePiece[] {
  const href = linkTarget(node.url, context);
  if (href === undefined) context.lose('link-unresolved', node.url);
  const inner = href === undefined ? marks : withMark(marks, { type: 'link', attrs: { href } });
  return node.children.flatMap((child) => convert(child, inner, context));
}

/** A safe address, a page of this import, or undefined. */
function linkTarget(url: string, context: InlineContext): string | undefined {
  if (SAFE_LINK.test(url)) return url;
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return undefined;
  const [path = '', fragment] = decode(url).split('#', 2);
  return pageLink(path, fragment, context);
}

function pageLink(target: string, fragment: string | undefined, context: InlineContext): string | undefined {
  const document = context.findPage(target.trim());
  if (document === undefined) return undefined;
  return fragment === undefined || fragment === '' ? `archipel:${document}` : `archipel:${document}#${fragment}`;
}

function splitWikiLinks(value: string, marks: readonly MarkJson[], context: InlineContext): InlinePiece[] {
  const pieces: InlinePiece[] = [];
  let end = 0;
  for (const match of value.matchAll(WIKI_LINK)) {
    pieces.push(...text(value.slice(end, match.index), marks), ...wikiLink(match, marks, context));
    end = match.index + match[0].length;
  }
  return [...pieces, ...text(value.slice(end), marks)];
}

function wikiLink(match: RegExpExecArray, marks: readonly MarkJson[], context: InlineContext): InlinePiece[] {
  const isEmbed = match[1] === '!';
  const [address = '', alias] = (match[2] ?? '').split('|', 2);
  const [target = '', fragment] = address.split('#', 2);
  if (isEmbed && IMAGE_FILE.test(target)) return [{ kind: 'image', file: target, alt: alias ?? '' }];
  const href = pageLink(target, fragment, context);
  if (href === undefined) {
    context.lose(isEmbed ? 'file-not-stored' : 'link-unresolved', address);
    return text(match[0], marks);
  }
  if (isEmbed) context.lose('embed-as-link', address);
  return text(alias ?? address, withMark(marks, { type: 'link', attrs: { href } }));
}

function text(value: string, marks: readonly MarkJson[]): InlinePiece[] {
  if (value === '') return [];
  return [
    { kind: 'inline', node: marks.length === 0 ? { type: 'text', text: value } : { type: 'text', text: value, marks } },
  ];
}

/** Marks in the schema's order, each type once: the innermost link wins. */
function withMark(marks: readonly MarkJson[], mark: MarkJson): readonly MarkJson[] {
  const order = ['link', 'bold', 'italic', 'strike', 'code'];
  return [...marks.filter(({ type }) => type !== mark.type), mark].sort(
    (a, b) => order.indexOf(a.type) - order.indexOf(b.type),
  );
}

/** ProseMirror holds no two neighbouring texts with the same marks. */
function joinText(pieces: readonly InlinePiece[]): readonly InlinePiece[] {
  const joined: InlinePiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last?.kind === 'inline' && piece.kind === 'inline' && isSameMarks(last.node, piece.node)) {
      joined[joined.length - 1] = {
        kind: 'inline',
        node: { ...last.node, text: `${String(last.node['text'])}${String(piece.node['text'])}` },
      };
    } else joined.push(piece);
  }
  return joined;
}

function isSameMarks(a: PageNodeJson, b: PageNodeJson): boolean {
  return (
    a['type'] === 'text' &&
    b['type'] === 'text' &&
    JSON.stringify(a['marks'] ?? []) === JSON.stringify(b['marks'] ?? [])
  );
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url; // Not percent-encoded after all: the name as written.
  }
}
