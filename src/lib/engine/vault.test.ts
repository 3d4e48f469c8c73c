import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryKeyVault, MemoryProfile } from '../adapters/storage/key-vault-memory.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { FLOOR_PASSPHRASE_PARAMETERS } from '../crypto/passphrase.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { decodeVaultFile, encodeVaultFile, type VaultFile } from './vault-record.ts';
import { newSecrets, type Secrets } from './vault-secrets.ts';
import { Vault } from './vault.ts';

const random = new SystemRandom();
const cost = () => FLOOR_PASSPHRASE_PARAMETERS;
const passphrase = { kind: 'passphrase', passphrase: 'le phare éteint la brume' } as const;

function secretsOf(name: string): Secrets {
  return { ...newSecrets(random.bytes(16), 'fr'), name };
}

function vaultOver(profile: MemoryProfile): Vault {
  return new Vault({ keyVault: new MemoryKeyVault(profile), random, cost });
}

async function sealedProfile(): Promise<MemoryProfile> {
  const profile = new MemoryProfile();
  unwrap(await vaultOver(profile).create(secretsOf('Alice'), passphrase));
  return profile;
}

function edit(profile: MemoryProfile, change: (file: VaultFile) => VaultFile): void {
  profile.record = encodeVaultFile(change(unwrap(decodeVaultFile(profile.record!))));
}

describe('vault', () => {
  beforeAll(readyCrypto);

  it('[V1] Alice opens her vault with her passphrase, in whatever form her keyboard composed it, and with no other', async () => {
    const profile = await sealedProfile();
    const decomposed = { kind: 'passphrase', passphrase: passphrase.passphrase.normalize('NFD') } as const;
    const vault = vaultOver(profile);
    unwrap(await vault.unlock(decomposed));
    expect(vault.secrets.name).toBe('Alice');
    const wrong = await vaultOver(profile).unlock({ kind: 'passphrase', passphrase: 'wrong' });
    expect(wrong).toMatchObject({ ok: false, error: { code: 'wrong-passphrase' } });
  });

  it('[V1] edited slot parameters fail to open, and below the floor they are refused outright', async () => {
    const profile = await sealedProfile();
    edit(profile, (file) => ({ ...file, slots: file.slots.map((slot) => ({ ...slot, passes: slot.passes + 1 })) }));
    expect(await vaultOver(profile).unlock(passphrase)).toMatchObject({
      ok: false,
      error: { code: 'wrong-passphrase' },
    });
    edit(profile, (file) => ({ ...file, slots: file.slots.map((slot) => ({ ...slot, passes: 1 })) }));
    expect(await vaultOver(profile).unlock(passphrase)).toMatchObject({
      ok: false,
      error: { code: 'weak-parameters' },
    });
    const cost = () => ({ memoryBytes: 8 * 2 ** 20, passes: 2 });
    const weak = new Vault({ keyVault: new MemoryKeyVault(), random, cost });
    expect(await weak.create(secretsOf('Bob'), passphrase)).toMatchObject({
      ok: false,
      error: { code: 'weak-parameters' },
    });
  });

  it('[V1] a copy of the record in another profile opens with no passphrase: the pepper stayed behind', async () => {
    const profile = await sealedProfile();
    const thief = new MemoryProfile();
    thief.record = profile.record;
    expect((await vaultOver(thief).unlock(passphrase)).ok).toBe(false);
  });

  it('[V1] body and generation belong together: an older body under the newer generation does not open', async () => {
    const profile = await sealedProfile();
    const before = unwrap(decodeVaultFile(profile.record!));
    const vault = vaultOver(profile);
    unwrap(await vault.unlock(passphrase));
    await vault.update((secrets) => ({ ...secrets, name: 'Alice A.' }));
    edit(profile, (file) => ({ ...file, nonce: before.nonce, body: before.body }));
    expect((await vaultOver(profile).unlock(passphrase)).ok).toBe(false);
  });

  it('a new passphrase replaces the old one and keeps the secrets', async () => {
    const profile = await sealedProfile();
    const vault = vaultOver(profile);
    unwrap(await vault.unlock(passphrase));
    unwrap(await vault.protect({ kind: 'passphrase', passphrase: 'new one' }));
    expect((await vaultOver(profile).unlock(passphrase)).ok).toBe(false);
    const again = vaultOver(profile);
    unwrap(await again.unlock({ kind: 'passphrase', passphrase: 'new one' }));
    expect(again.secrets).toEqual(vault.secrets);
  });

  it('a device without a lock opens by itself, and not from another profile', async () => {
    const profile = new MemoryProfile();
    unwrap(await vaultOver(profile).create(secretsOf('Carol'), { kind: 'device' }));
    expect(await vaultOver(profile).status()).toEqual({ kind: 'present', protection: 'device' });
    unwrap(await vaultOver(profile).unlock({ kind: 'device' }));
    const thief = new MemoryProfile();
    thief.record = profile.record;
    expect((await vaultOver(thief).unlock({ kind: 'device' })).ok).toBe(false);
  });

  it('[V2] a change that was being saved while the vault was locked does not open it again', async () => {
    const profile = await sealedProfile();
    const vault = vaultOver(profile);
    unwrap(await vault.unlock(passphrase));
    const saving = vault.update((secrets) => ({ ...secrets, name: 'late' }));
    await Promise.resolve();
    vault.lock();
    await saving.catch(() => undefined);
    expect(vault.isOpen).toBe(false);
  });
});
