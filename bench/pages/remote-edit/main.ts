/** The peer: y-prosemirror over a Hocuspocus server whose address stands in the fragment. */
import { HocuspocusProvider } from '@hocuspocus/provider';
import { baseKeymap } from 'prosemirror-commands';
import { keymap } from 'prosemirror-keymap';
import { EditorState } from 'prosemirror-state';
import { EditorView } from 'prosemirror-view';
import { ySyncPlugin } from 'y-prosemirror';
import * as Y from 'yjs';
import { editorSchema } from '../../../src/lib/ui/pages/editor-schema.ts';

const document = new Y.Doc();
const provider = new HocuspocusProvider({ url: location.hash.slice(1), name: 'page', document });
const target = globalThis.document.querySelector('#editor');
provider.on('synced', () => {
  new EditorView(target, {
    state: EditorState.create({
      schema: editorSchema,
      plugins: [ySyncPlugin(document.getXmlFragment('page')), keymap(baseKeymap)],
    }),
    attributes: { role: 'textbox', 'aria-label': 'Page text' },
  });
});
