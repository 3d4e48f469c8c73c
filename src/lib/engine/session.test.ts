import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { utf8 } from '../foundation/bytes.ts';
import { PAGE_DOCUMENT, World, type Device } from './world.fixture.ts';

const passphrase = 'le phare éteint la brume';

describe('session', () => {
  let world: World;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  async function lockable(): Promise<Device> {
    const device = await world.start();
    unwrap(
      await device.engine.setUp({ protection: { kind: 'passphrase', passphrase }, language: 'en', name: 'Alice' }),
    );
    return device;
  }

  it('[V2] after the lock nothing answers but the session, and unlocking brings everything back', async () => {
    const alice = await lockable();
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'kept'));
    unwrap(await alice.engine.putLocal('drafts', 'a', utf8('draft')));
    await alice.engine.lock();
    expect(await alice.engine.session()).toEqual({ kind: 'locked', retryAfterMs: 0 });
    expect(alice.events.at(-1)).toMatchObject({ kind: 'session', session: { kind: 'locked' } });
    expect(await alice.engine.spaces()).toEqual([]);
    expect(await alice.read(space)).toEqual([]);
    expect(await alice.engine.getLocal('drafts', 'a')).toBeUndefined();
    expect(await alice.write(space, 'no')).toMatchObject({ ok: false, error: { code: 'locked' } });
    expect(await alice.engine.createSpace()).toMatchObject({ ok: false, error: { code: 'locked' } });
    expect(await alice.engine.recoveryWords(passphrase)).toMatchObject({ ok: false, error: { code: 'locked' } });
    expect(alice.root.meshSecrets(space)).toBeUndefined();
    unwrap(await alice.engine.unlock(passphrase));
    expect(await alice.read(space)).toEqual(['kept']);
    expect(await alice.engine.getLocal('drafts', 'a')).toEqual(utf8('draft'));
  });

  it('[V1] five wrong passphrases are free, then each one waits longer, across a restart too', async () => {
    const alice = await lockable();
    await alice.engine.lock();
    for (let i = 0; i < 5; i++) {
      expect(await alice.engine.unlock(`wrong ${String(i)}`)).toMatchObject({
        ok: false,
        error: { code: 'wrong-passphrase' },
      });
    }
    expect(await alice.engine.session()).toEqual({ kind: 'locked', retryAfterMs: 2_000 });
    expect(await alice.engine.unlock(passphrase)).toMatchObject({ ok: false, error: { code: 'too-many-attempts' } });
    alice.root.close();
    const again = await world.start(alice.disk);
    expect(await again.engine.session()).toEqual({ kind: 'locked', retryAfterMs: 2_000 });
    await world.pass(2_000);
    expect(await again.engine.unlock('wrong again')).toMatchObject({ ok: false, error: { code: 'wrong-passphrase' } });
    expect(await again.engine.session()).toEqual({ kind: 'locked', retryAfterMs: 4_000 });
    await world.pass(4_000);
    unwrap(await again.engine.unlock(passphrase));
    expect((await again.engine.session()).kind).toBe('open');
  });

  it('the auto-lock counts from the last touch', async () => {
    const alice = await lockable();
    unwrap(await alice.engine.setAutoLock(10));
    await world.pass(9 * 60_000);
    await alice.engine.touch();
    await world.pass(9 * 60_000);
    expect((await alice.engine.session()).kind).toBe('open');
    await world.pass(60_001);
    expect((await alice.engine.session()).kind).toBe('locked');
  });

  it('the words are shown again only to who knows the passphrase', async () => {
    const alice = await lockable();
    expect(await alice.engine.recoveryWords(undefined)).toMatchObject({
      ok: false,
      error: { code: 'wrong-passphrase' },
    });
    expect(await alice.engine.recoveryWords('wrong')).toMatchObject({ ok: false, error: { code: 'wrong-passphrase' } });
    expect(unwrap(await alice.engine.recoveryWords(passphrase))).toHaveLength(12);
  });

  it('[V4] storage that the browser erased is told as wiped, and may be set up anew', async () => {
    const alice = await lockable();
    alice.root.close();
    alice.disk.profile.record = undefined;
    const again = await world.start(alice.disk);
    expect(await again.engine.session()).toEqual({ kind: 'wiped' });
    unwrap(await again.engine.setUp({ protection: { kind: 'device' }, language: 'fr', name: 'Alice' }));
    expect((await again.engine.session()).kind).toBe('open');
  });

  it('a device is set up once', async () => {
    const alice = await lockable();
    const again = await alice.engine.setUp({ protection: { kind: 'device' }, language: 'fr', name: 'Eve' });
    expect(again).toMatchObject({ ok: false, error: { code: 'already-set-up' } });
  });

  it('a passphrase replaces "no lock", and the name follows into the space', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    unwrap(await alice.engine.setProtection({ kind: 'passphrase', passphrase }));
    unwrap(await alice.engine.setName('  Alice Martin '));
    expect(await alice.engine.session()).toMatchObject({ protection: 'passphrase', name: 'Alice Martin' });
    expect((await alice.engine.members(space))[0]?.name).toBe('Alice Martin');
    alice.root.close();
    const again = await world.start(alice.disk);
    expect((await again.engine.session()).kind).toBe('locked');
    unwrap(await again.engine.unlock(passphrase));
  });

  it('[G2] two tabs of one device never write as one actor, and a free generation is used again', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    const device = (await alice.engine.spaces())[0]!.device;
    const first = unwrap(await alice.engine.leaseActor(space, PAGE_DOCUMENT));
    const second = unwrap(await alice.engine.leaseActor(space, PAGE_DOCUMENT));
    expect([first.generation, second.generation]).toEqual([0, 1]);
    expect(first.actor).not.toBe(second.actor);
    expect(await alice.engine.actorOf(device, PAGE_DOCUMENT, 1)).toBe(second.actor);
    await alice.engine.releaseActor(space, PAGE_DOCUMENT, 0);
    expect(unwrap(await alice.engine.leaseActor(space, PAGE_DOCUMENT))).toEqual(first);
  });

  it('a lock in the middle of many writes loses none that was acknowledged', async () => {
    const alice = await lockable();
    const space = await alice.newSpace();
    const writes = Array.from({ length: 40 }, (_, i) => alice.write(space, `n${String(i)}`));
    await alice.engine.lock();
    const outcomes = await Promise.allSettled(writes);
    const kept = outcomes.flatMap((outcome, i) =>
      outcome.status === 'fulfilled' && outcome.value.ok ? [`n${String(i)}`] : [],
    );
    unwrap(await alice.engine.unlock(passphrase));
    const read = await alice.read(space);
    for (const text of kept) expect(read).toContain(text);
  });
});
