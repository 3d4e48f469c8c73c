/** Keys of the page editor. Tab belongs to the text while the caret is in it; Escape gives it back to the page around. */
import { baseKeymap, chainCommands, exitCode } from 'prosemirror-commands';
import { redo, undo } from 'prosemirror-history';
import { undoInputRule } from 'prosemirror-inputrules';
import { keymap } from 'prosemirror-keymap';
import type { Command, Plugin } from 'prosemirror-state';
import { editorSchema } from './editor-schema.ts';
import { backspace, breakLine, enter, indent, moveBlocks, setBlock, toggle, toggleChecked } from './page-commands.ts';

const { nodes, marks } = editorSchema;
const always =
  (command: Command): Command =>
  (state, dispatch, view) => {
    command(state, dispatch, view);
    return true;
  };

export function pageKeymaps(asks: { readonly onlink: () => void }): readonly Plugin[] {
  const askLink: Command = (_state, dispatch) => {
    if (dispatch !== undefined) asks.onlink();
    return true;
  };
  const headings = Object.fromEntries(
    [1, 2, 3].map((level) => [`Mod-Alt-${String(level)}`, setBlock(nodes.heading, { level })]),
  );
  return [
    keymap({
      ...headings,
      'Mod-b': toggle(marks.bold),
      'Mod-i': toggle(marks.italic),
      'Mod-e': toggle(marks.code),
      'Mod-Shift-x': toggle(marks.strike),
      'Mod-k': askLink,
      'Mod-Alt-0': setBlock(nodes.paragraph),
      'Mod-Shift-7': setBlock(nodes.ordered),
      'Mod-Shift-8': setBlock(nodes.bullet),
      'Mod-Shift-9': setBlock(nodes.check),
      'Mod-z': undo,
      'Mod-y': redo,
      'Mod-Shift-z': redo,
      'Mod-Enter': chainCommands(toggleChecked, exitCode),
      'Shift-Enter': breakLine,
      Tab: always(indent(1)),
      'Shift-Tab': always(indent(-1)),
      'Alt-ArrowUp': moveBlocks('up'),
      'Alt-ArrowDown': moveBlocks('down'),
      Enter: enter,
      Backspace: chainCommands(undoInputRule, backspace),
      Escape: (_state, _dispatch, view) => {
        view?.dom.blur();
        return true;
      },
    }),
    keymap(baseKeymap),
  ];
}
