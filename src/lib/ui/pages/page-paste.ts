/**
 * Pasting: HTML goes through the schema, which knows no style, script or frame; plain text that looks like Markdown
 * becomes blocks. Tables and nested lists arrive flat.
 */
import { Fragment, Slice } from 'prosemirror-model';
import type { Node, ResolvedPos } from 'prosemirror-model';
import { Plugin } from 'prosemirror-state';
import { MAX_DEPTH } from '$lib/documents/page/page-schema.ts';
import { editorSchema, safeHref } from './editor-schema.ts';

const { nodes, marks } = editorSchema;

export function pagePaste(): Plugin {
  return new Plugin({
    props: {
      clipboardTextParser: (text, context, isPlain) => parseText(text, context, isPlain),
      // A page holds code points: half a character from elsewhere would not survive.
      transformPastedText: (text) => text.replace(/\p{Surrogate}/gu, '\uFFFD').replace(/\r\n?/g, '\n'),
    },
  });
}

function parseText(text: string, context: ResolvedPos, isPlain: boolean): Slice {
  if (context.parent.type.spec.code === true) return new Slice(Fragment.from(editorSchema.text(text || ' ')), 0, 0);
  const blocks = isPlain ? text.split('\n').map((line) => textBlock(line, false)) : parseMarkdown(text);
  return Slice.maxOpen(Fragment.fromArray(blocks));
}

/** The Markdown people type in messages and notes; the importers read the whole language, in a worker. */
export function parseMarkdown(text: string): Node[] {
  const blocks: Node[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const fence = /^\s*```(\S*)\s*$/.exec(line);
    if (fence !== null) {
      const end = lines.findIndex((other, at) => at > i && /^\s*```\s*$/.test(other));
      const stop = end === -1 ? lines.length : end;
      const code = lines.slice(i + 1, stop).join('\n');
      blocks.push(nodes.code_block.create({ language: fence[1] ?? '' }, code === '' ? null : editorSchema.text(code)));
      i = stop;
    } else if (line.trim() !== '') blocks.push(textBlock(line, true));
  }
  return blocks.length === 0 ? [nodes.paragraph.create()] : blocks;
}

function textBlock(line: string, isMarkdown: boolean): Node {
  if (!isMarkdown) return nodes.paragraph.create(null, line === '' ? null : editorSchema.text(line));
  if (/^(?:---+|\*\*\*+)\s*$/.test(line)) return nodes.divider.create();
  const [, space = '', rest = ''] = /^(\s*)(.*)$/.exec(line) ?? [];
  const depth = Math.min(MAX_DEPTH, Math.floor(space.replaceAll('\t', '  ').length / 2));
  const heading = /^(#{1,6})\s+(.*)$/.exec(rest);
  if (heading !== null) return nodes.heading.create({ level: heading[1]?.length }, parseInline(heading[2] ?? ''));
  const check = /^[-*+]\s+\[( |x|X)\]\s+(.*)$/.exec(rest);
  if (check !== null) return nodes.check.create({ depth, checked: check[1] !== ' ' }, parseInline(check[2] ?? ''));
  const bullet = /^[-*+]\s+(.*)$/.exec(rest);
  if (bullet !== null) return nodes.bullet.create({ depth }, parseInline(bullet[1] ?? ''));
  const ordered = /^\d{1,9}[.)]\s+(.*)$/.exec(rest);
  if (ordered !== null) return nodes.ordered.create({ depth }, parseInline(ordered[1] ?? ''));
  const quote = /^>\s?(.*)$/.exec(rest);
  if (quote !== null) return nodes.quote.create(null, parseInline(quote[1] ?? ''));
  return nodes.paragraph.create(null, parseInline(rest));
}

const INLINE =
  /`([^`]+)`|\*\*([^*]+)\*\*|~~([^~]+)~~|\[([^\]]+)\]\(([^\s)]+)\)|(?<![\w*])\*([^*\s][^*]*)\*|(?<!\w)_([^_\s][^_]*)_(?!\w)/g;

function parseInline(text: string): Node[] {
  const parts: Node[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) parts.push(editorSchema.text(text.slice(at, match.index)));
    parts.push(markedText(match));
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(editorSchema.text(text.slice(at)));
  return parts;
}

function markedText(match: RegExpExecArray): Node {
  const [whole, code, bold, strike, label, address, star, low] = match;
  if (code !== undefined) return editorSchema.text(code, [marks.code.create()]);
  if (bold !== undefined) return editorSchema.text(bold, [marks.bold.create()]);
  if (strike !== undefined) return editorSchema.text(strike, [marks.strike.create()]);
  const italic = star ?? low;
  if (italic !== undefined) return editorSchema.text(italic, [marks.italic.create()]);
  const href = safeHref(address ?? '');
  if (label === undefined || href === undefined) return editorSchema.text(whole);
  return editorSchema.text(label, [marks.link.create({ href })]);
}
