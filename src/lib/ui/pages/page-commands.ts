/** What keys and buttons do to a flat page. Each is a ProseMirror command: without `dispatch` it only says whether it could. */
import { toggleMark } from 'prosemirror-commands';
import type { Attrs, MarkType, Node, NodeType } from 'prosemirror-model';
import { NodeSelection, Selection, TextSelection } from 'prosemirror-state';
import type { Command, EditorState, Transaction } from 'prosemirror-state';
import type { EditorView } from 'prosemirror-view';
import { MAX_DEPTH } from '$lib/documents/page/page-schema.ts';
import { editorSchema } from './editor-schema.ts';

const { paragraph, bullet, ordered, check, code_block: codeBlock, divider, hard_break: hardBreak } = editorSchema.nodes;
const ITEMS: readonly NodeType[] = [bullet, ordered, check];

export function isItem(node: Node): boolean {
  return ITEMS.includes(node.type);
}

/** Turns the selected blocks into this kind; into paragraphs when they all are of it already. Depth stays. */
export function setBlock(type: NodeType, attrs: Attrs = {}): Command {
  return (state, dispatch) => {
    const blocks = selectedBlocks(state).filter(({ block }) => block.isTextblock);
    if (blocks.length === 0) return false;
    const isSet = blocks.every(({ block }) => block.hasMarkup(type, { ...block.attrs, ...attrs }));
    const to = isSet ? paragraph : type;
    const tr = state.tr;
    for (const { block, position } of blocks) {
      const at = tr.mapping.map(position);
      const wanted = {
        depth: block.attrs['depth'] as number,
        extra: block.attrs['extra'] as unknown,
        ...(isSet ? {} : attrs),
      };
      tr.setBlockType(at, at + 1, to, wanted);
    }
    dispatch?.(tr.scrollIntoView());
    return true;
  };
}

export function indent(by: 1 | -1): Command {
  return (state, dispatch) => {
    const changes = selectedBlocks(state).flatMap(({ block, position }) => {
      const depth = Math.min(MAX_DEPTH, Math.max(0, (block.attrs['depth'] as number) + by));
      return depth === block.attrs['depth'] ? [] : [{ position, depth }];
    });
    if (changes.length === 0) return false;
    const tr = state.tr;
    for (const { position, depth } of changes) tr.setNodeAttribute(position, 'depth', depth);
    dispatch?.(tr.scrollIntoView());
    return true;
  };
}

/** Enter: an empty item first loses its depth, then its kind; what follows a heading or quote is a paragraph. */
export const enter: Command = (state, dispatch) => {
  const { $from, $to } = state.selection;
  const block = $from.parent;
  if (!(state.selection instanceof TextSelection) || $from.depth !== 1 || block.type.spec.code === true) return false;
  if (block.content.size === 0 && block.type !== paragraph) return leaveItem(state, dispatch);
  const fence = block.type === paragraph ? /^```(\w*)$/.exec(block.textContent) : null;
  if (fence !== null) return openCode(state, dispatch, fence[1] ?? '');
  if (!dispatch) return true;
  const tr = state.tr.deleteSelection();
  const at = tr.mapping.map($from.pos);
  const isAtEnd = $to.parentOffset === $to.parent.content.size;
  const depth = block.attrs['depth'] as number;
  if (isItem(block)) tr.split(at, 1, [{ type: block.type, attrs: { depth } }]);
  else if (isAtEnd) tr.split(at, 1, [{ type: paragraph, attrs: { depth } }]);
  else tr.split(at);
  dispatch(tr.scrollIntoView());
  return true;
};

function openCode(state: EditorState, dispatch: ((tr: Transaction) => void) | undefined, language: string): boolean {
  const { $from } = state.selection;
  const attrs = { depth: $from.parent.attrs['depth'] as number, language };
  dispatch?.(
    state.tr
      .delete($from.start(), $from.end())
      .setBlockType($from.start(), $from.start(), codeBlock, attrs)
      .scrollIntoView(),
  );
  return true;
}

/** Backspace at the start of a block: its kind goes first, then its depth; then the usual join. */
export const backspace: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.depth !== 1 || $from.parentOffset > 0) return false;
  const block = $from.parent;
  if (block.type === paragraph && block.attrs['depth'] === 0) return false;
  return leaveItem(state, dispatch);
};

function leaveItem(state: EditorState, dispatch: ((tr: Transaction) => void) | undefined): boolean {
  const { $from } = state.selection;
  const block = $from.parent;
  const depth = block.attrs['depth'] as number;
  const position = $from.before(1);
  if (isItem(block) && depth > 0) dispatch?.(state.tr.setNodeAttribute(position, 'depth', depth - 1));
  else if (block.type !== paragraph)
    dispatch?.(
      state.tr.setBlockType(position, position + 1, paragraph, { depth, extra: block.attrs['extra'] as unknown }),
    );
  else if (depth > 0) dispatch?.(state.tr.setNodeAttribute(position, 'depth', depth - 1));
  else return false;
  return true;
}

export const toggleChecked: Command = (state, dispatch) => {
  const checks = selectedBlocks(state).filter(({ block }) => block.type === check);
  if (checks.length === 0) return false;
  const isChecked = checks.some(({ block }) => block.attrs['checked'] !== true);
  const tr = state.tr;
  for (const { position } of checks) tr.setNodeAttribute(position, 'checked', isChecked);
  dispatch?.(tr);
  return true;
};

/** Types at the end of the page, as if each key had been pressed there. */
export function typeKeys(view: EditorView, keys: readonly string[]): void {
  view.dispatch(view.state.tr.setSelection(Selection.atEnd(view.state.doc)));
  for (const key of keys) {
    if (key === 'Enter') enter(view.state, view.dispatch);
    else view.dispatch(view.state.tr.insertText(key));
  }
}

/** Moves the selected blocks over their neighbour. */
export function moveBlocks(direction: 'up' | 'down'): Command {
  return (state, dispatch) => {
    const first = state.selection.$from.index(0);
    const last = first + selectedBlocks(state).length - 1;
    const over = direction === 'up' ? first - 1 : last + 1;
    if (over < 0 || over >= state.doc.childCount) return false;
    if (!dispatch) return true;
    const neighbour = state.doc.child(over);
    const at = state.selection.$from.posAtIndex(over, 0);
    const tr = state.tr.delete(at, at + neighbour.nodeSize);
    const target =
      direction === 'up' ? state.selection.$to.posAtIndex(last + 1, 0) : state.selection.$from.posAtIndex(first, 0);
    tr.insert(tr.mapping.map(target, direction === 'up' ? 1 : -1), neighbour);
    dispatch(tr.scrollIntoView());
    return true;
  };
}

export const insertDivider: Command = (state, dispatch) => {
  const { $from } = state.selection;
  if (!dispatch) return true;
  const isEmpty = $from.depth === 1 && $from.parent.content.size === 0;
  const after = $from.depth === 0 ? state.selection.to : $from.after(1);
  const from = isEmpty ? $from.before(1) : after;
  const tr = state.tr.replaceWith(from, after, [divider.create(), paragraph.create()]);
  tr.setSelection(Selection.near(tr.doc.resolve(from + 2), 1));
  dispatch(tr.scrollIntoView());
  return true;
};

/** A line end within the block: a real one in code, a break elsewhere. */
export const breakLine: Command = (state, dispatch) => {
  const { $from } = state.selection;
  if ($from.depth !== 1) return false;
  const line = $from.parent.type === codeBlock ? editorSchema.text('\n') : hardBreak.create();
  dispatch?.(state.tr.replaceSelectionWith(line).scrollIntoView());
  return true;
};

/** Code has no marks of its own: there the command does not apply. */
export function toggle(mark: MarkType): Command {
  return (state, dispatch, view) =>
    state.selection.$from.parent.type === codeBlock ? false : toggleMark(mark)(state, dispatch, view);
}

/** Sets the link of the selection, or of the link around the caret; undefined takes it away. */
export function setLink(href: string | undefined): Command {
  return (state, dispatch) => {
    const { link } = editorSchema.marks;
    const { from, to } = state.selection.empty ? linkAround(state) : state.selection;
    const tr = state.tr;
    if (from === to) {
      if (href === undefined) return false;
      tr.insert(from, editorSchema.text(href, link.create({ href }).addToSet(state.selection.$from.marks())));
    } else {
      tr.removeMark(from, to, link);
      if (href !== undefined) tr.addMark(from, to, link.create({ href }));
    }
    dispatch?.(tr.removeStoredMark(link).scrollIntoView());
    return true;
  };
}

export function hrefAt(state: EditorState): string | undefined {
  const { $from, from, to, empty } = state.selection;
  let href: string | undefined;
  const see = (node: Node | null): void => {
    const mark = node?.marks.find(({ type }) => type === editorSchema.marks.link);
    if (mark !== undefined) href ??= String(mark.attrs['href']);
  };
  if (empty) [$from.nodeBefore, $from.nodeAfter].forEach(see);
  else state.doc.nodesBetween(from, to, see);
  return href;
}

function linkAround(state: EditorState): { readonly from: number; readonly to: number } {
  const { $from } = state.selection;
  const href = hrefAt(state);
  let from = $from.pos;
  let to = $from.pos;
  if (href === undefined || $from.depth !== 1) return { from, to };
  $from.parent.forEach((child, offset) => {
    const start = $from.start() + offset;
    const isPart = child.marks.some((mark) => mark.attrs['href'] === href);
    if (!isPart || start > to || start + child.nodeSize < from) return;
    from = Math.min(from, start);
    to = Math.max(to, start + child.nodeSize);
  });
  return { from, to };
}

export interface PlacedBlock {
  readonly block: Node;
  readonly position: number;
}

export function selectedBlocks(state: EditorState): readonly PlacedBlock[] {
  const { from, to, $from } = state.selection;
  if (state.selection instanceof NodeSelection) return [{ block: state.selection.node, position: from }];
  const blocks: PlacedBlock[] = [];
  let position = $from.posAtIndex($from.index(0), 0);
  for (let index = $from.index(0); index < state.doc.childCount && position <= to; index++) {
    const block = state.doc.child(index);
    if (position < to || index === $from.index(0)) blocks.push({ block, position });
    position += block.nodeSize;
  }
  return blocks;
}
