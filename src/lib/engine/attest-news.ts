/**
 * [C3] Whether a device has something to say about what it holds: since its last attest an entry came that is not itself
 * an attest. Without that exception devices would answer each other's attests for ever.
 */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { LogStore } from '../log/log-store.ts';
import type { Attest } from '../membership/membership-graph.ts';

/** More than this since the last attest are news, whatever they are. */
const LOOKED_AT = 64;

export async function hasNewsToAttest(
  store: LogStore,
  place: { readonly space: SpaceId; readonly device: DeviceId; readonly attests: readonly Attest[] },
): Promise<boolean> {
  const { space, device, attests } = place;
  const own = attests.filter(({ author }) => author === device);
  const last = own.reduce<Attest | undefined>(
    (latest, each) => (each.seq > (latest?.seq ?? -1) ? each : latest),
    undefined,
  );
  if (last === undefined) return true;
  const said = new Map(last.held.map((position) => [position.device, position.seq]));
  said.set(device, last.seq);
  for (const [author, { seq }] of await store.heads(space)) {
    const saidSeq = said.get(author) ?? -1;
    if (seq <= saidSeq) continue;
    const since = await store.read(space, { by: 'author', author, fromSeq: saidSeq + 1, limit: LOOKED_AT });
    if (since.length === LOOKED_AT || since.some(({ type }) => type !== 'attest')) return true;
  }
  return false;
}
