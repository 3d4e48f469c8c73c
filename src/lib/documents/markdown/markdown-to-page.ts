/**
 * A Markdown note as a page. The page is flat: a list item's blocks follow it one level deeper, and a quote's blocks
 * become quotes. What the page cannot show yet (tables, HTML, footnotes) is kept as source in a code block and said in
 * the report, so that nothing is gone. Links between notes become page links.
 */
import type { BlockContent, DefinitionContent, List, ListItem, Nodes, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { DocumentId } from '../../foundation/ids.ts';
import type { PageNodeJson } from '../views.ts';
import { splitFrontMatter } from './front-matter.ts';
import { inlineFromMarkdown, type InlinePiece } from './inline-from-markdown.ts';
import type { Loss, LossKind } from './losses.ts';

/** As `MAX_DEPTH` of the page's schema. */
const MAX_DEPTH = 8;
/** The language that marks a note's properties, so that an export puts them back at its head. */
export const FRONT_MATTER_LANGUAGE = 'yaml front matter';

export interface MarkdownContext {
  /** The note's path without `.md`. */
  readonly path: string;
  findPage(target: string): DocumentId | undefined;
}

export interface ConvertedPage {
  readonly doc: PageNodeJson;
  readonly losses: readonly Loss[];
}

export function pageFromMarkdown(markdown: string, context: MarkdownContext): ConvertedPage {
  const { source, body } = splitFrontMatter(markdown.replace(/\r\n?/g, '\n'));
  const conversion = new Conversion(body, context);
  if (source !== undefined) conversion.push(codeBlock(source, FRONT_MATTER_LANGUAGE, 0));
  const tree = fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  conversion.blocks(tree.children, 0, 'paragraph');
  return conversion.finish();
}

type Container = 'paragraph' | 'quote';

class Conversion {
  readonly #body: string;
  readonly #context: MarkdownContext;
  readonly #blocks: PageNodeJson[] = [];
  readonly #losses: Loss[] = [];

  constructor(body: string, context: MarkdownContext) {
    this.#body = body;
    this.#context = context;
  }

  push(block: PageNodeJson): void {
    this.#blocks.push(block);
  }

  finish(): ConvertedPage {
    const content = this.#blocks.length === 0 ? [textBlock('paragraph', {}, [])] : this.#blocks;
    return { doc: { type: 'doc', content }, losses: this.#losses };
  }

  blocks(
    nodes: readonly (RootContent | BlockContent | DefinitionContent)[],
    depth: number,
    container: Container,
  ): void {
    for (const node of nodes) this.#block(node, Math.min(depth, MAX_DEPTH), container);
  }

  #block(node: RootContent, depth: number, container: Container): void {
    switch (node.type) {
      case 'paragraph':
        return this.#paragraph(container, { depth }, this.#inline(node.children));
      case 'heading':
        return this.#paragraph('heading', { depth, level: node.depth }, this.#inline(node.children));
      case 'blockquote':
        return this.blocks(node.children, depth, 'quote');
      case 'list':
        return this.#list(node, depth);
      case 'code':
        return this.push(codeBlock(node.value, node.lang ?? '', depth));
      case 'thematicBreak':
        return this.push({ type: 'divider', attrs: { depth } });
      case 'table':
        return this.#source(node, 'markdown', depth, 'table-as-source');
      case 'html':
        return this.#source(node, 'html', depth, 'html-as-source');
      case 'footnoteDefinition':
        return this.#source(node, 'markdown', depth, 'footnote-as-source');
      case 'definition':
        return undefined;
      default:
        return this.#source(node, 'markdown', depth, 'html-as-source');
    }
  }

  #list(list: List, depth: number): void {
    for (const item of list.children) this.#item(item, list.ordered === true ? 'ordered' : 'bullet', depth);
  }

  #item(item: ListItem, kind: 'ordered' | 'bullet', depth: number): void {
    const isCheck = typeof item.checked === 'boolean';
    const [first, ...rest] = item.children;
    const isText = first?.type === 'paragraph';
    this.#paragraph(
      isCheck ? 'check' : kind,
      isCheck ? { depth, checked: item.checked } : { depth },
      isText ? this.#inline(first.children) : [],
    );
    this.blocks(isText ? rest : item.children, depth + 1, 'paragraph');
  }

  /** A block of text; the pictures in it stand as blocks of their own between its parts. */
  #paragraph(type: string, attrs: Readonly<Record<string, unknown>>, pieces: readonly InlinePiece[]): void {
    let line: PageNodeJson[] = [];
    let isFirst = true;
    const flush = (): void => {
      if (line.length > 0 || (isFirst && type !== 'paragraph'))
        this.push(textBlock(isFirst ? type : 'paragraph', attrs, trimEnds(line)));
      isFirst = false;
      line = [];
    };
    for (const piece of pieces) {
      if (piece.kind === 'inline') line.push(piece.node);
      else {
        if (trimEnds(line).length > 0) flush();
        line = [];
        this.#loss('file-not-stored', piece.file);
        this.push({ type: 'image', attrs: { depth: attrs['depth'], file: piece.file, alt: piece.alt } });
        isFirst = isFirst && type !== 'paragraph';
      }
    }
    if (trimEnds(line).length > 0 || (type !== 'paragraph' && isFirst)) flush();
  }

  #inline(nodes: Parameters<typeof inlineFromMarkdown>[0]): readonly InlinePiece[] {
    return inlineFromMarkdown(nodes, {
      findPage: (target) => this.#context.findPage(target),
      lose: (kind, subject) => this.#loss(kind, subject),
      sourceOf: (node) => this.#sourceOf(node),
    });
  }

  #source(node: RootContent, language: string, depth: number, kind: LossKind): void {
    const source = this.#sourceOf(node);
    this.#loss(kind, source.split('\n')[0]?.slice(0, 80) ?? '');
    this.push(codeBlock(source, language, depth));
  }

  #sourceOf(node: Nodes): string {
    return this.#body.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
  }

  #loss(kind: LossKind, subject: string): void {
    this.#losses.push({ path: this.#context.path, kind, subject });
  }
}

function textBlock(
  type: string,
  attrs: Readonly<Record<string, unknown>>,
  content: readonly PageNodeJson[],
): PageNodeJson {
  return content.length === 0 ? { type, attrs } : { type, attrs, content };
}

function codeBlock(source: string, language: string, depth: number): PageNodeJson {
  return textBlock('code_block', { depth, language }, source === '' ? [] : [{ type: 'text', text: source }]);
}

/** Leading and trailing white space has no meaning in a Markdown block, nor has a break at its end. */
function trimEnds(line: readonly PageNodeJson[]): readonly PageNodeJson[] {
  const trimmed = [...line];
  trimEdge(trimmed, 0, /^\s+/);
  trimEdge(trimmed, -1, /\s+$/);
  return trimmed;
}

function trimEdge(line: PageNodeJson[], index: 0 | -1, space: RegExp): void {
  for (let node = line.at(index); node !== undefined; node = line.at(index)) {
    const text = typeof node['text'] === 'string' ? node['text'].replace(space, '') : '';
    if (text !== '') {
      line.splice(index === 0 ? 0 : line.length - 1, 1, { ...node, text });
      return;
    }
    line.splice(index === 0 ? 0 : line.length - 1, 1);
  }
}
