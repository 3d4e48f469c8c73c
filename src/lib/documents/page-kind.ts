/** Pages among the kinds of documents: how one begins, is read and is filled. Editing them is `page/`'s affair. */
import { Slice } from 'prosemirror-model';
import { ReplaceStep } from 'prosemirror-transform';
import { hexToBytes } from '../foundation/bytes.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { Doc } from './automerge.ts';
import type { DocumentSchema } from './document-schema.ts';
import { PageAuthority } from './page/page-authority.ts';
import { pageJson } from './page/page-projection.ts';
import { pageSchema } from './page/page-schema.ts';
import type { PageDoc } from './page/page-text.ts';
import type { PageNodeJson } from './views.ts';

/** `{schemaVersion: 1, text: '', embeds: {}}`, as `initializePage` writes it. */
const GENESIS =
  '856f4a83573ec9a0014b001000000000000000000000000000000000010100000006151b340142045604570170027d0d736368656d6156657273696f6e047465787406656d62656473037d0104007f140200010300';

export const pageDocumentSchema: DocumentSchema = {
  kind: 'page',
  genesis: hexToBytes(GENESIS),
  containers: ['text', 'embeds'],
  isAuthored: false,
  project: (doc) => ({ kind: 'page', doc: pageJson(asPage(doc)) }),
  plan: () => fail('unknown-edit', 'pages are edited by steps'),
};

/** Every document of the kind is read as a page: the projection and the authority judge what is in it. */
export function asPage(doc: Doc): PageDoc {
  return doc as unknown as PageDoc;
}

export function fromPage(page: PageDoc): Doc {
  return page;
}

/** The document with this content in place of what it had; `invalid-edit` when the content is no page. */
export function fillPage(doc: Doc, content: PageNodeJson): Result<Doc> {
  return withBlocks(doc, content, () => 0);
}

/** The document with these blocks after its last one; `invalid-edit` when they are no blocks of a page. */
export function addBlocks(doc: Doc, blocks: readonly PageNodeJson[]): Result<Doc> {
  return withBlocks(doc, { type: 'doc', content: blocks }, (end) => end);
}

/** The blocks of `content` in place of everything from `start` on. */
function withBlocks(doc: Doc, content: PageNodeJson, start: (end: number) => number): Result<Doc> {
  const authority = PageAuthority.open(asPage(doc));
  const step = replaceFrom(authority, content, start(authority.doc.content.size));
  if (step === undefined) return fail('invalid-edit', 'not a page');
  const outcome = authority.receiveSteps({ version: authority.version, steps: [step], clientId: 'fill' });
  if (outcome !== 'accepted') return fail('invalid-edit', 'not a page');
  return ok(fromPage(authority.flush(asPage(doc), { time: 0 }).page));
}

function replaceFrom(authority: PageAuthority, content: PageNodeJson, from: number): unknown {
  try {
    const node = pageSchema.nodeFromJSON(content);
    node.check();
    return new ReplaceStep(from, authority.doc.content.size, new Slice(node.content, 0, 0)).toJSON();
  } catch (cause) {
    if (cause instanceof RangeError) return undefined; // how ProseMirror says that this is no page
    throw cause;
  }
}
