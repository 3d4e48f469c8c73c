/** Where other people's carets are, drawn as decorations: they move with the text and never enter the page. */
import type { Node } from 'prosemirror-model';
import { Plugin, PluginKey } from 'prosemirror-state';
import { Decoration, DecorationSet } from 'prosemirror-view';
import type { EditorView } from 'prosemirror-view';
import type { RemoteCursor } from '$lib/documents/views.ts';
import type { MemberId } from '$lib/foundation/ids.ts';

const COLOURS = 6;
const key = new PluginKey<DecorationSet>('page-cursors');

export function pageCursors(nameOf: (member: MemberId) => string): Plugin {
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: () => DecorationSet.empty,
      apply(tr, shown) {
        const cursors = tr.getMeta(key) as readonly RemoteCursor[] | undefined;
        if (cursors !== undefined) return draw(tr.doc, cursors, nameOf);
        return tr.docChanged ? shown.map(tr.mapping, tr.doc) : shown;
      },
    },
    props: { decorations: (state) => key.getState(state) },
  });
}

export function showCursors(view: EditorView, cursors: readonly RemoteCursor[]): void {
  const shown = key.getState(view.state);
  if (cursors.length === 0 && (shown === undefined || shown === DecorationSet.empty)) return;
  view.dispatch(view.state.tr.setMeta(key, cursors).setMeta('addToHistory', false));
}

function draw(doc: Node, cursors: readonly RemoteCursor[], nameOf: (member: MemberId) => string): DecorationSet {
  const decorations = cursors.flatMap(({ session, member, anchor, head }) => {
    const colour = `person-${String(colourOf(member))}`;
    const at = Math.min(head, doc.content.size);
    const from = Math.min(anchor, at);
    const to = Math.min(Math.max(anchor, at), doc.content.size);
    const name = nameOf(member);
    const caret = Decoration.widget(at, () => drawCaret(name, colour), {
      key: `${session} ${name} ${String(at)}`,
      side: 10,
      ignoreSelection: true,
    });
    return from === to ? [caret] : [Decoration.inline(from, to, { class: `remote-selection ${colour}` }), caret];
  });
  return DecorationSet.create(doc, decorations);
}

function drawCaret(name: string, colour: string): HTMLElement {
  const caret = document.createElement('span');
  caret.className = `remote-caret ${colour}`;
  const label = document.createElement('span');
  label.className = 'remote-name';
  label.textContent = name;
  caret.append(label);
  return caret;
}

function colourOf(member: MemberId): number {
  return Number.parseInt(member.slice(0, 4), 16) % COLOURS || 0;
}
