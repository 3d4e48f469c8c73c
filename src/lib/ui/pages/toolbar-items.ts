/** The buttons of the page's toolbar: what they are called, whether they are on, and what they do. */
import ArrowDown from '@lucide/svelte/icons/arrow-down';
import ArrowUp from '@lucide/svelte/icons/arrow-up';
import Bold from '@lucide/svelte/icons/bold';
import CodeXml from '@lucide/svelte/icons/code-xml';
import Code from '@lucide/svelte/icons/code';
import ExternalLink from '@lucide/svelte/icons/external-link';
import Heading1 from '@lucide/svelte/icons/heading-1';
import Heading2 from '@lucide/svelte/icons/heading-2';
import Heading3 from '@lucide/svelte/icons/heading-3';
import Italic from '@lucide/svelte/icons/italic';
import Link from '@lucide/svelte/icons/link';
import ListChecks from '@lucide/svelte/icons/list-checks';
import ListIndentDecrease from '@lucide/svelte/icons/list-indent-decrease';
import ListIndentIncrease from '@lucide/svelte/icons/list-indent-increase';
import ListOrdered from '@lucide/svelte/icons/list-ordered';
import List from '@lucide/svelte/icons/list';
import Minus from '@lucide/svelte/icons/minus';
import Quote from '@lucide/svelte/icons/quote';
import Redo2 from '@lucide/svelte/icons/redo-2';
import Strikethrough from '@lucide/svelte/icons/strikethrough';
import Undo2 from '@lucide/svelte/icons/undo-2';
import type { Attrs, MarkType, NodeType } from 'prosemirror-model';
import { redo, undo } from 'prosemirror-history';
import type { Command, EditorState } from 'prosemirror-state';
import type { Component } from 'svelte';
import * as m from '$lib/paraglide/messages';
import { editorSchema } from './editor-schema.ts';
import { hrefAt, indent, insertDivider, moveBlocks, setBlock, toggle } from './page-commands.ts';

export interface ToolbarItem {
  readonly id: string;
  readonly label: () => string;
  readonly icon: Component;
  /** The key as screen readers announce it. */
  readonly keys?: string;
  /** Undefined for a button that acts instead of switching. */
  readonly isOn?: (state: EditorState) => boolean;
  readonly command: Command;
}

const { nodes, marks } = editorSchema;

export interface ToolbarAsks {
  /** The person asks for the link dialog. */
  readonly onlink: () => void;
  /** The person follows the link under the caret: the way without a modifier key. */
  readonly onopen: (href: string) => void;
}

export function toolbarItems({ onlink, onopen }: ToolbarAsks): readonly (readonly ToolbarItem[])[] {
  const openLink: Command = (state, dispatch) => {
    const href = hrefAt(state);
    if (href !== undefined && dispatch !== undefined) onopen(href);
    return href !== undefined;
  };
  const askLink: Command = (_state, dispatch) => {
    if (dispatch !== undefined) onlink();
    return true;
  };
  return [
    [
      { id: 'undo', label: m.pages_undo, icon: Undo2, keys: 'Control+Z', command: undo },
      { id: 'redo', label: m.pages_redo, icon: Redo2, keys: 'Control+Y', command: redo },
    ],
    [
      block({ id: 'heading-1', label: () => m.pages_heading({ level: 1 }), icon: Heading1 }, nodes.heading, {
        level: 1,
      }),
      block({ id: 'heading-2', label: () => m.pages_heading({ level: 2 }), icon: Heading2 }, nodes.heading, {
        level: 2,
      }),
      block({ id: 'heading-3', label: () => m.pages_heading({ level: 3 }), icon: Heading3 }, nodes.heading, {
        level: 3,
      }),
    ],
    [
      mark({ id: 'bold', label: m.pages_bold, icon: Bold, keys: 'Control+B' }, marks.bold),
      mark({ id: 'italic', label: m.pages_italic, icon: Italic, keys: 'Control+I' }, marks.italic),
      mark({ id: 'strike', label: m.pages_strike, icon: Strikethrough }, marks.strike),
      mark({ id: 'code', label: m.pages_code, icon: Code, keys: 'Control+E' }, marks.code),
      { id: 'link', label: m.pages_link, icon: Link, keys: 'Control+K', isOn: hasMark(marks.link), command: askLink },
      { id: 'open-link', label: m.pages_open_link, icon: ExternalLink, command: openLink },
    ],
    [
      block({ id: 'bullet', label: m.pages_bullet, icon: List }, nodes.bullet),
      block({ id: 'ordered', label: m.pages_ordered, icon: ListOrdered }, nodes.ordered),
      block({ id: 'check', label: m.pages_checks, icon: ListChecks }, nodes.check),
      { id: 'outdent', label: m.pages_outdent, icon: ListIndentDecrease, command: indent(-1) },
      { id: 'indent', label: m.pages_indent, icon: ListIndentIncrease, command: indent(1) },
      { id: 'up', label: m.pages_move_up, icon: ArrowUp, keys: 'Alt+ArrowUp', command: moveBlocks('up') },
      { id: 'down', label: m.pages_move_down, icon: ArrowDown, keys: 'Alt+ArrowDown', command: moveBlocks('down') },
    ],
    [
      block({ id: 'quote', label: m.pages_quote, icon: Quote }, nodes.quote),
      block({ id: 'code-block', label: m.pages_code_block, icon: CodeXml }, nodes.code_block),
      { id: 'divider', label: m.pages_divider, icon: Minus, command: insertDivider },
    ],
  ];
}

type Named = Pick<ToolbarItem, 'id' | 'label' | 'icon' | 'keys'>;

function mark(named: Named, type: MarkType): ToolbarItem {
  return { ...named, isOn: hasMark(type), command: toggle(type) };
}

function block(named: Named, type: NodeType, attrs: Attrs = {}): ToolbarItem {
  return {
    ...named,
    isOn: ({ selection }) =>
      selection.$from.depth > 0 &&
      selection.$from.parent.hasMarkup(type, { ...selection.$from.parent.attrs, ...attrs }),
    command: setBlock(type, attrs),
  };
}

function hasMark(type: MarkType): (state: EditorState) => boolean {
  return ({ selection, storedMarks, doc }) =>
    selection.empty
      ? type.isInSet(storedMarks ?? selection.$from.marks()) !== undefined
      : doc.rangeHasMark(selection.from, selection.to, type);
}
