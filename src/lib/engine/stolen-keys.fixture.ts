/** What a member with a modified client has: the keys of its own device, outside the engine's rules. */
import { MemoryKeyVault } from '../adapters/storage/key-vault-memory.ts';
import { MemoryLogStore } from '../adapters/storage/memory-log-store.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../crypto/passphrase.ts';
import { membershipRefOf, sealEnvelope } from '../crypto/envelope-seal.ts';
import { ZERO_DOCUMENT, ZERO_ENVELOPE, ZERO_EPOCH } from '../foundation/ids.ts';
import type { DocumentId, EnvelopeId, EpochId, SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { encodeBundle } from '../protocol/bundle.ts';
import { encodeFrame } from '../protocol/frames.ts';
import { isClearType } from '../protocol/envelope.ts';
import { kindOfType } from '../protocol/payload.ts';
import { SpaceReplica } from './space-replica.ts';
import { Vault } from './vault.ts';
import type { Device, Disk } from './world.fixture.ts';

export async function replicaOfDisk(disk: Disk, space: SpaceId) {
  const random = new SystemRandom();
  const vault = new Vault({
    keyVault: new MemoryKeyVault(disk.profile),
    random,
    cost: () => FLOOR_PASSPHRASE_PARAMETERS,
  });
  unwrap(await vault.unlock({ kind: 'device' }));
  const secrets = vault.secrets.spaces.find((other) => other.space === space);
  if (secrets === undefined) throw new Error('the device has keys in the space');
  const store = new MemoryLogStore(disk.log);
  const none = (): undefined => undefined;
  const replica = new SpaceReplica(
    secrets,
    {
      store,
      random,
      clock: { nowMs: () => 0 },
      loadNotes: () => Promise.resolve(undefined),
      saveNotes: () => Promise.resolve(),
    },
    {
      onEntries: none,
      onGovernance: none,
      onWritten: none,
      onFork: none,
      onWrongBox: none,
      onLate: none,
      onMembership: none,
    },
  );
  await replica.load();
  return { replica, governance: replica.governance, secrets, head: (await store.heads(space)).get(secrets.device) };
}

export interface ForgedRecord {
  readonly type: 'epoch' | 'keybox' | 'update' | 'membership' | 'attest' | 'testimony';
  readonly body: Uint8Array;
  readonly document?: DocumentId;
  /** What it claims to know; by default what the device knows. */
  readonly heads?: readonly EnvelopeId[];
  /** Of sealed types; by default the epoch the rules would choose. */
  readonly epoch?: EpochId;
}

/** What a member's own modified client can make: the next entries of its chain, sealed and signed, whatever its role. */
export async function forgeNext(
  disk: Disk,
  space: SpaceId,
  make: (device: Awaited<ReturnType<typeof replicaOfDisk>>) => Generator<ForgedRecord, void, EnvelopeId>,
): Promise<readonly Uint8Array[]> {
  const device = await replicaOfDisk(disk, space);
  const { governance, secrets } = device;
  const { history, keys } = governance;
  const forged: Uint8Array[] = [];
  let head: { readonly seq: number; readonly id: EnvelopeId } | undefined = device.head;
  const records = make(device);
  for (let step = records.next(); step.done !== true;) {
    const { type, body, document = ZERO_DOCUMENT, heads, epoch } = step.value;
    const isClear = isClearType(type);
    const under = { epoch: epoch ?? keys.findWritable(history)?.id ?? ZERO_EPOCH, keys: keys.content };
    const sealed = unwrap(
      sealEnvelope({
        type,
        space,
        author: { device: secrets.device, secret: secrets.sign },
        seq: head === undefined ? 0 : head.seq + 1,
        prev: head?.id ?? ZERO_ENVELOPE,
        mref: membershipRefOf(heads ?? history.headsFor(secrets.device)),
        payload: { documentId: document, kind: kindOfType(type), body, claimedTime: 0 },
        ...(isClear ? {} : { under }),
        random: new SystemRandom(),
      }),
    );
    forged.push(sealed.bytes);
    head = { seq: head === undefined ? 0 : head.seq + 1, id: sealed.id };
    step = records.next(sealed.id);
  }
  return forged;
}

/** Brings bytes to a device as a file, as anyone may. */
export function inject(device: Device, space: SpaceId, envelopes: readonly Uint8Array[]) {
  const frames = envelopes.map((bytes) => encodeFrame({ kind: 'env', bytes }));
  return device.engine.importBundle(encodeBundle(space, frames));
}
