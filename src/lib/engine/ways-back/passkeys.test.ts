import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { unwrap } from '../../foundation/result.ts';
import { decodeVaultFile, encodeVaultFile } from '../vault-record.ts';
import { World, type Device } from '../world.fixture.ts';

const random = new SystemRandom();
const PASSPHRASE = 'le phare éteint la brume';

describe('passkeys', () => {
  let world: World;
  let alice: Device;
  beforeAll(readyCrypto);
  beforeEach(async () => {
    world = new World();
    alice = await world.person('Alice');
  });
  afterEach(() => world.close());

  const place = { rpId: 'archipel.test', credentialId: random.bytes(32), label: 'Key ring' };
  const salt = random.bytes(16);
  const secret = random.bytes(32);
  /** What an authenticator answers; each call gives bytes of their own, for the engine zeroes them. */
  const output = (): Uint8Array => secret.slice();

  async function withPasskey(): Promise<void> {
    unwrap(await alice.engine.setProtection({ kind: 'passphrase', passphrase: PASSPHRASE }));
    unwrap(await alice.engine.addPasskey({ passphrase: PASSPHRASE, place, salt, output: output() }));
  }

  const unlock = async (answer: { credentialId: Uint8Array; output: Uint8Array }): Promise<string | undefined> => {
    const outcome = await alice.engine.unlockWithPasskey(answer);
    return outcome.ok ? undefined : outcome.error.code;
  };

  it('[V2] a passkey opens the locked device, the passphrase still does, and the output is zeroed', async () => {
    await withPasskey();
    await alice.engine.lock();
    expect(await alice.engine.passkeys()).toEqual([{ ...place, salt }]);
    const given = output();
    expect(await unlock({ credentialId: place.credentialId, output: given })).toBeUndefined();
    expect(given).toEqual(new Uint8Array(32));
    expect(await alice.engine.session()).toMatchObject({ kind: 'open', name: 'Alice', protection: 'passphrase' });
    await alice.engine.lock();
    unwrap(await alice.engine.unlock(PASSPHRASE));
  });

  it('another output, another credential, an edited or moved slot open nothing', async () => {
    await withPasskey();
    await alice.engine.lock();
    const { credentialId } = place;
    expect(await unlock({ credentialId, output: random.bytes(32) })).toBe('passkey-refused');
    expect(await unlock({ credentialId, output: new Uint8Array(0) })).toBe('passkey-refused');
    expect(await unlock({ credentialId: random.bytes(32), output: output() })).toBe('passkey-refused');
    const { profile } = alice.disk;
    const record = profile.record!;
    const file = unwrap(decodeVaultFile(record));
    profile.record = encodeVaultFile({
      ...file,
      slots: file.slots.map((slot) =>
        slot.passkey ? { ...slot, passkey: { ...slot.passkey, rpId: 'evil.test' } } : slot,
      ),
    });
    expect(await unlock({ credentialId, output: output() })).toBe('passkey-refused');
    profile.record = record;
    expect(await unlock({ credentialId, output: output() })).toBeUndefined();
  });

  it('it is always additional: none without a passphrase, none for who does not know it, all gone with it', async () => {
    const add = async (passphrase: string): Promise<string | undefined> => {
      const outcome = await alice.engine.addPasskey({ passphrase, place, salt, output: output() });
      return outcome.ok ? undefined : outcome.error.code;
    };
    expect(await add('')).toBe('passkey-needs-passphrase');
    unwrap(await alice.engine.setProtection({ kind: 'passphrase', passphrase: PASSPHRASE }));
    expect(await add('not it')).toBe('wrong-passphrase');
    expect(await alice.engine.passkeys()).toEqual([]);
    expect(await add(PASSPHRASE)).toBeUndefined();
    // A new passphrase leaves the passkey; no lock at all takes it away.
    unwrap(await alice.engine.setProtection({ kind: 'passphrase', passphrase: 'another one' }));
    expect(await alice.engine.passkeys()).toHaveLength(1);
    await alice.engine.lock();
    expect(await unlock({ credentialId: place.credentialId, output: output() })).toBeUndefined();
    unwrap(await alice.engine.setProtection({ kind: 'device' }));
    expect(await alice.engine.passkeys()).toEqual([]);
  });

  it('a removed passkey opens nothing any more, and the same one added twice is one', async () => {
    await withPasskey();
    unwrap(await alice.engine.addPasskey({ passphrase: PASSPHRASE, place, salt, output: output() }));
    expect(await alice.engine.passkeys()).toHaveLength(1);
    unwrap(await alice.engine.removePasskey(place.credentialId));
    await alice.engine.lock();
    expect(await unlock({ credentialId: place.credentialId, output: output() })).toBe('passkey-refused');
    unwrap(await alice.engine.unlock(PASSPHRASE));
  });
});

describe('rehearsal', () => {
  beforeAll(readyCrypto);

  it('[V4] the words are asked for again after 90 days, later on request, and three of them are enough', async () => {
    const world = new World();
    const alice = await world.person('Alice');
    const isDue = async (): Promise<boolean> => (await alice.engine.waysBack()).rehearsal.isDue;
    expect(await isDue()).toBe(false);
    await alice.confirmWords();
    expect(await isDue()).toBe(false);
    const DAY_MS = 86_400_000;
    world.skewMs += 89 * DAY_MS;
    expect(await isDue()).toBe(false);
    world.skewMs += 2 * DAY_MS;
    expect(await isDue()).toBe(true);
    unwrap(await alice.engine.postponeRehearsal());
    expect(await isDue()).toBe(false);
    world.skewMs += 8 * DAY_MS;
    expect(await isDue()).toBe(true);
    const words = unwrap(await alice.engine.recoveryWords(undefined));
    const answer = (index: number) => ({ index, word: words[index]! });
    // One word alone would let whoever sits here guess them one after the other.
    for (const few of [[], [answer(0)], [answer(0), answer(1)], [answer(0), answer(0), answer(0)]])
      expect(await alice.engine.confirmWords(few)).toMatchObject({ ok: false, error: { code: 'wrong-words' } });
    unwrap(await alice.engine.confirmWords([answer(1), answer(4), answer(11)]));
    expect(await isDue()).toBe(false);
    world.close();
  });
});
