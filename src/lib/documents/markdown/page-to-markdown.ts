/**
 * A page as Markdown that other programs read: for people who take their notes elsewhere. The exact page travels beside
 * it as JSON. Page links become `[[wiki links]]` to the exported file's path.
 */
import type { BlockContent, ListItem, PhrasingContent, Root } from 'mdast';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import type { PageNodeJson } from '../views.ts';
import { FRONT_MATTER_LANGUAGE } from './markdown-to-page.ts';

/** The exported path, without `.md`, of the page that `archipel:<id>` names. */
export type FindPath = (document: string) => string | undefined;

interface Block {
  readonly type: string;
  readonly depth: number;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly content: readonly PageNodeJson[];
}

const LIST_TYPES = new Set(['bullet', 'ordered', 'check']);

export function markdownFromPage(doc: PageNodeJson, findPath: FindPath): string {
  const blocks = children(doc).map(readBlock);
  const [first] = blocks;
  const hasFrontMatter = first?.type === 'code_block' && first.attrs['language'] === FRONT_MATTER_LANGUAGE;
  const head = hasFrontMatter ? `---\n${plainText(first)}\n---\n\n` : '';
  const root: Root = { type: 'root', children: nest(hasFrontMatter ? blocks.slice(1) : blocks, 0, findPath) };
  return `${head}${toMarkdown(root, { extensions: [gfmToMarkdown()], bullet: '-', rule: '-', emphasis: '*', listItemIndent: 'one', fences: true, handlers: { archipelSource: (node: { value: string }) => node.value } as never })}`;
}

function children(node: PageNodeJson): readonly PageNodeJson[] {
  return Array.isArray(node['content']) ? (node['content'] as readonly PageNodeJson[]) : [];
}

function readBlock(node: PageNodeJson): Block {
  const attrs = (node['attrs'] ?? {}) as Readonly<Record<string, unknown>>;
  const depth = typeof attrs['depth'] === 'number' ? attrs['depth'] : 0;
  return { type: String(node['type']), depth, attrs, content: children(node) };
}

/** Turns the flat row into nested lists and quotes: what follows a list item at a greater depth is inside it. */
function nest(blocks: readonly Block[], depth: number, findPath: FindPath): BlockContent[] {
  const nodes: BlockContent[] = [];
  for (let at = 0; at < blocks.length;) {
    const block = blocks[at];
    if (block === undefined) break;
    const isList = LIST_TYPES.has(block.type);
    const end = isList ? endOfInside(blocks, at, depth) : at + 1;
    if (isList) addItem(nodes, block, nest(blocks.slice(at + 1, end), block.depth + 1, findPath), findPath);
    else if (block.type === 'quote') addQuote(nodes, block, findPath);
    else nodes.push(leaf(block, findPath));
    at = end;
  }
  return nodes;
}

function endOfInside(blocks: readonly Block[], at: number, depth: number): number {
  const level = Math.max(depth, blocks[at]?.depth ?? 0);
  let end = at + 1;
  while ((blocks[end]?.depth ?? -1) > level) end++;
  return end;
}

function addItem(nodes: BlockContent[], block: Block, inside: BlockContent[], findPath: FindPath): void {
  const item: ListItem = {
    type: 'listItem',
    spread: false,
    checked: block.type === 'check' ? block.attrs['checked'] === true : null,
    children: [{ type: 'paragraph', children: phrasing(block, findPath) }, ...inside],
  };
  const isOrdered = block.type === 'ordered';
  const last = nodes.at(-1);
  if (last?.type === 'list' && last.ordered === isOrdered) last.children.push(item);
  else nodes.push({ type: 'list', ordered: isOrdered, start: isOrdered ? 1 : null, spread: false, children: [item] });
}

function addQuote(nodes: BlockContent[], block: Block, findPath: FindPath): void {
  const paragraph = { type: 'paragraph' as const, children: phrasing(block, findPath) };
  const last = nodes.at(-1);
  if (last?.type === 'blockquote') last.children.push(paragraph);
  else nodes.push({ type: 'blockquote', children: [paragraph] });
}

function leaf(block: Block, findPath: FindPath): BlockContent {
  switch (block.type) {
    case 'heading':
      return { type: 'heading', depth: headingLevel(block.attrs['level']), children: phrasing(block, findPath) };
    case 'code_block':
      return codeOrSource(block);
    case 'divider':
      return { type: 'thematicBreak' };
    case 'image':
      return source(`![[${textOf(block.attrs['file'])}${block.attrs['alt'] ? `|${textOf(block.attrs['alt'])}` : ''}]]`);
    default:
      return { type: 'paragraph', children: phrasing(block, findPath) };
  }
}

/** Tables and HTML that an import kept as source leave as what they were. */
function codeOrSource(block: Block): BlockContent {
  const language = textOf(block.attrs['language']);
  const value = plainText(block);
  if (language === 'markdown' && /^\s*(\||\[\^)/.test(value)) return source(value);
  return { type: 'code', lang: language === '' ? null : language, value };
}

/** A node that is printed as it stands, without escapes. */
function source(value: string): BlockContent {
  return { type: 'archipelSource', value } as unknown as BlockContent;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function headingLevel(level: unknown): 1 | 2 | 3 | 4 | 5 | 6 {
  return ([1, 2, 3, 4, 5, 6] as const).find((each) => each === level) ?? 1;
}

function plainText(block: Block): string {
  return block.content.map((node) => textOf(node['text'])).join('');
}

interface MarkJson {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

function phrasing(block: Block, findPath: FindPath): PhrasingContent[] {
  return block.content.flatMap((node) => {
    if (node['type'] === 'hard_break') return [{ type: 'break' } as const];
    const text = textOf(node['text']);
    if (text === '') return [];
    const marks = (Array.isArray(node['marks']) ? node['marks'] : []) as readonly MarkJson[];
    return [wrap(text, marks, findPath)];
  });
}

const WRAPPERS = { bold: 'strong', italic: 'emphasis', strike: 'delete' } as const;

function wrap(text: string, marks: readonly MarkJson[], findPath: FindPath): PhrasingContent {
  let node: PhrasingContent = marks.some(({ type }) => type === 'code')
    ? { type: 'inlineCode', value: text }
    : { type: 'text', value: text };
  for (const [mark, type] of Object.entries(WRAPPERS)) {
    if (marks.some((each) => each.type === mark)) node = { type, children: [node] };
  }
  const href = marks.find(({ type }) => type === 'link')?.attrs?.['href'];
  if (typeof href !== 'string') return node;
  if (!href.startsWith('archipel:')) return { type: 'link', url: href, children: [node] };
  const [document = '', fragment] = href.slice('archipel:'.length).split('#', 2);
  const path = findPath(document);
  return path === undefined
    ? node
    : (source(`[[${path}${fragment === undefined ? '' : `#${fragment}`}|${text}]]`) as unknown as PhrasingContent);
}
