/** Makes a private channel or a direct message inside a space, with its one channel, ready to be opened. */
import type { AppClients } from '$lib/app/clients.ts';
import type { SpaceSummary } from '$lib/engine/engine.ts';
import type { DocumentId, MemberId, SpaceId } from '$lib/foundation/ids.ts';
import { ok, type Result } from '$lib/foundation/result.ts';
import { settle } from './document-view.svelte.ts';
import { newDocument } from './new-ids.ts';
import { placeOfDocument, placeOfSpace } from './places.ts';

export interface PrivateChoice {
  readonly kind: 'private' | 'direct';
  readonly title: string;
  readonly members: readonly MemberId[];
}

/** Gives the address to go to. A direct message with the same people is opened, not made again. */
export async function createPrivate(
  { engine, documents }: Pick<AppClients, 'engine' | 'documents'>,
  parent: SpaceId,
  { kind, title, members }: PrivateChoice,
): Promise<Result<string>> {
  const known = kind === 'direct' ? await findDirect(engine, parent, members) : undefined;
  if (known !== undefined) return ok(await placeInside(documents, known));
  const created = await settle(engine.createPrivateSpace(parent, { kind, members }));
  if (!created.ok) return created;
  const { space, index } = created.value;
  const opened = await settle(documents.open(space, index));
  if (!opened.ok) return opened;
  const document: DocumentId = newDocument('channel');
  const named = await settle(documents.edit(space, index, { edit: 'space.rename', name: title }));
  const added = named.ok
    ? await settle(documents.edit(space, index, { edit: 'item.add', document, kind: 'channel', title, parent: null }))
    : named;
  await documents.close(space, index);
  return added.ok ? ok(placeOfDocument(space, document)) : added;
}

/** Its one channel; its home while that has not arrived. */
async function placeInside(
  documents: AppClients['documents'],
  { space, index }: Pick<SpaceSummary, 'space' | 'index'>,
): Promise<string> {
  const read = await settle(documents.readView(space, index));
  const items = read.ok && read.value.kind === 'index' ? read.value.items : [];
  const channel = items.find((item) => item.kind === 'channel' && item.trashedAt === undefined);
  return channel === undefined ? placeOfSpace(space) : placeOfDocument(space, channel.document);
}

async function findDirect(
  engine: AppClients['engine'],
  parent: SpaceId,
  members: readonly MemberId[],
): Promise<SpaceSummary | undefined> {
  const spaces = await engine.spaces();
  const shared = await Promise.all(members.map((member) => engine.privateMemberships(parent, member)));
  return spaces.find(
    ({ space, parent: inside, memberCount, isReady }) =>
      isReady &&
      inside?.kind === 'direct' &&
      memberCount === members.length + 1 &&
      shared.every((held) => held.some((each) => each.space === space)),
  );
}
