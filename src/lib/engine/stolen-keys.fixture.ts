/** What a member with a modified client has: the keys of its own device, outside the engine's rules. */
import { MemoryKeyVault } from '../adapters/storage/key-vault-memory.ts';
import { MemoryLogStore } from '../adapters/storage/memory-log-store.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../crypto/passphrase.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { SpaceReplica } from './space-replica.ts';
import { Vault } from './vault.ts';
import type { Disk } from './world.fixture.ts';

export async function replicaOfDisk(disk: Disk, space: SpaceId) {
  const random = new SystemRandom();
  const vault = new Vault({ keyVault: new MemoryKeyVault(disk.profile), random, cost: FLOOR_PASSPHRASE_PARAMETERS });
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
    { onEntries: none, onGovernance: none, onWritten: none, onAlarm: none, onLate: none, onMembership: none },
  );
  await replica.load();
  return { replica, governance: replica.governance, secrets, head: (await store.heads(space)).get(secrets.device) };
}
