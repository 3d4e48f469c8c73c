/** The peer: y-prosemirror and Yjs on the main thread, the same schema, the same text, the same stream of changes. */
import { baseKeymap } from 'prosemirror-commands';
import { keymap } from 'prosemirror-keymap';
import { EditorState } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';
import { ySyncPlugin, yUndoPlugin } from 'y-prosemirror';
import * as Y from 'yjs';
import { editorSchema } from '../../../src/lib/ui/pages/editor-schema.ts';
import '../../../src/lib/ui/pages/page-text.css';
import { LINE, PARAGRAPHS, PEER_CHANGE_MS, PEER_CHANGES } from './text.ts';

export function startYjs(target: HTMLElement, onRemote: () => void): Promise<void> {
  const ours = new Y.Doc();
  const fragment = ours.getXmlFragment('page');
  fragment.insert(0, Array.from({ length: PARAGRAPHS }, paragraph));
  const updates = peerUpdates(ours);
  new EditorView(target, {
    state: EditorState.create({
      schema: editorSchema,
      plugins: [ySyncPlugin(fragment), yUndoPlugin(), keymap(baseKeymap)],
    }),
    attributes: { class: 'page-text', spellcheck: 'true' },
  });
  let sent = 0;
  setInterval(() => {
    const update = updates[sent++];
    if (update === undefined) return;
    Y.applyUpdate(ours, update, 'peer');
    onRemote();
  }, PEER_CHANGE_MS);
  return Promise.resolve();
}

function paragraph(): Y.XmlElement {
  const element = new Y.XmlElement('paragraph');
  element.insert(0, [new Y.XmlText(LINE)]);
  return element;
}

function peerUpdates(ours: Y.Doc): Uint8Array[] {
  const peer = new Y.Doc();
  Y.applyUpdate(peer, Y.encodeStateAsUpdate(ours));
  const updates: Uint8Array[] = [];
  peer.on('update', (update: Uint8Array) => updates.push(update));
  const text = (peer.getXmlFragment('page').get(30) as Y.XmlElement).get(0) as Y.XmlText;
  for (let n = 0; n < PEER_CHANGES; n++) text.insert(10 + n, 'x');
  return updates;
}
