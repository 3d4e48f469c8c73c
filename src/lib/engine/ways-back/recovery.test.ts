import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../../crypto/sodium.ts';
import { unwrap } from '../../foundation/result.ts';
import { Gathering, RELAY } from '../gathering.fixture.ts';
import { MailRelay } from '../mail-relay.fixture.ts';
import { Disk, World } from '../world.fixture.ts';

describe('recovery words', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  it('Alice, the founder, loses her phone; her words on a blank device bring her space back, read and write', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await host.device.write(host.space, 'before the loss'));
    await world.pass(8_000);
    const words = unwrap(await host.device.engine.recoveryWords(undefined)).join(' ');
    host.device.root.close();

    const blank = await world.start(new Disk());
    gathering.relay.connect(world, blank);
    world.join(blank, bob);
    const restored = unwrap(
      await world.during(
        blank.engine.restore({ words: words.toUpperCase(), protection: { kind: 'device' }, relayUrl: RELAY }),
      ),
    );
    expect(restored.spaces).toEqual([host.space]);
    await world.pass(15_000);
    expect((await blank.engine.spaces())[0]).toMatchObject({ role: 'owner', isReady: true });
    expect(await blank.engine.session()).toMatchObject({ kind: 'open', name: 'Alice', wordsConfirmed: true });
    expect(await blank.read(host.space)).toEqual(['before the loss']);
    unwrap(await blank.write(host.space, 'after the loss'));
    await world.pass(8_000);
    expect(await bob.read(host.space)).toEqual(['before the loss', 'after the loss']);
    const self = (await bob.engine.members(host.space)).find((member) => member.role === 'owner');
    expect(self?.devices.filter((device) => device.isActive && !device.isRecovery)).toHaveLength(2);
  });

  it('Bob, who was invited, comes back the same way, and twice', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await bob.write(host.space, 'by Bob'));
    await world.pass(8_000);
    const words = unwrap(await bob.engine.recoveryWords(undefined)).join(' ');
    bob.root.close();
    for (const round of ['second device', 'third device']) {
      const blank = await world.start(new Disk());
      gathering.relay.connect(world, blank);
      world.join(blank, host.device);
      const options = { words, protection: { kind: 'device' }, relayUrl: RELAY } as const;
      unwrap(await world.during(blank.engine.restore(options)));
      await world.pass(15_000);
      expect((await blank.engine.spaces())[0]).toMatchObject({ role: 'editor', isReady: true });
      unwrap(await blank.write(host.space, round));
      await world.pass(8_000);
      expect(await host.device.read(host.space)).toContain(round);
      blank.root.close();
    }
  });

  it('words with a typing error are refused before anything is made', async () => {
    const blank = await world.start(new Disk());
    const outcome = await blank.engine.restore({
      words: 'abaisser abandon abdiquer abeille abolir aborder aboutir aboyer abrasif abreuver abriter abroger',
      protection: { kind: 'device' },
      relayUrl: RELAY,
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'wrong-words' } });
    expect(await blank.engine.session()).toEqual({ kind: 'blank' });
  });

  it('a restart in the middle of the restoration carries on', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    await world.pass(8_000);
    const words = unwrap(await bob.engine.recoveryWords(undefined)).join(' ');
    bob.root.close();
    const blank = await world.start(new Disk());
    gathering.relay.connect(world, blank);
    unwrap(await world.during(blank.engine.restore({ words, protection: { kind: 'device' }, relayUrl: RELAY })));
    expect((await blank.engine.spaces())[0]).toMatchObject({ isReady: false });
    blank.root.close();
    const again = await world.start(blank.disk);
    world.join(again, host.device);
    await world.pass(15_000);
    expect((await again.engine.spaces())[0]).toMatchObject({ role: 'editor', isReady: true });
  });

  it('[V4] the list of spaces lies at the relay before Alice can turn her computer off', async () => {
    const host = await gathering.host('Alice');
    await world.pass(500);
    const words = unwrap(await host.device.engine.recoveryWords(undefined)).join(' ');
    host.device.root.close();
    const blank = await world.start(new Disk());
    gathering.relay.connect(world, blank);
    const options = { words, protection: { kind: 'device' }, relayUrl: RELAY } as const;
    const restored = unwrap(await world.during(blank.engine.restore(options)));
    expect(restored.spaces).toEqual([host.space]);
  });

  it('[V4] a device that was long without a relay adds to the list what it has, and takes nothing away', async () => {
    const host = await gathering.host('Alice');
    await world.pass(1_000);
    const words = unwrap(await host.device.engine.recoveryWords(undefined)).join(' ');
    const options = { words, protection: { kind: 'device' }, relayUrl: RELAY } as const;
    host.device.root.close();
    const second = await world.start(new Disk());
    gathering.relay.connect(world, second);
    unwrap(await world.during(second.engine.restore(options)));
    const other = await second.newSpace();
    await world.pass(1_000);
    second.root.close();
    const again = await world.start(host.device.disk);
    await world.pass(10_000);
    const third = await again.newSpace();
    gathering.relay.connect(world, again);
    await world.pass(1_000);
    again.root.close();
    const blank = await world.start(new Disk());
    gathering.relay.connect(world, blank);
    const restored = unwrap(await world.during(blank.engine.restore(options)));
    expect([...restored.spaces].sort()).toEqual([host.space, other, third].sort());
  });

  it('[V4] no relay at the address is told from a relay that has nothing, and neither loses the identity', async () => {
    const host = await gathering.host('Alice');
    await world.pass(1_000);
    const words = unwrap(await host.device.engine.recoveryWords(undefined)).join(' ');
    host.device.root.close();
    const blank = await world.start(new Disk());
    const options = { words, protection: { kind: 'device' }, relayUrl: 'wss://elsewhere.test' } as const;
    expect(unwrap(await world.during(blank.engine.restore(options))).spaces).toEqual([]);
    expect(await blank.engine.spacesSearch()).toEqual({
      kind: 'looking',
      relayUrl: 'wss://elsewhere.test',
      answer: 'unreached',
    });

    const cut = new MailRelay().connect(world, blank);
    await world.pass(1_000);
    expect(await blank.engine.spacesSearch()).toMatchObject({ kind: 'looking', answer: 'empty' });
    cut();
    blank.root.close();

    // She finds the right address on another day.
    const again = await world.start(blank.disk);
    expect(await again.engine.session()).toMatchObject({ kind: 'open', wordsConfirmed: true });
    expect(await again.engine.spacesSearch()).toMatchObject({ kind: 'looking', answer: 'unreached' });
    unwrap(await again.engine.setRelay(RELAY));
    gathering.relay.connect(world, again);
    await world.pass(1_000);
    expect((await again.engine.spaces()).map(({ space }) => space)).toEqual([host.space]);
    expect(await again.engine.spacesSearch()).toEqual({ kind: 'none' });
    expect(again.events).toContainEqual({ kind: 'search', search: { kind: 'none' } });
  });

  it('[V4] other words may pass the checksum: nothing is found, and she types them again on a blank device', async () => {
    const host = await gathering.host('Alice');
    await world.pass(1_000);
    const words = unwrap(await host.device.engine.recoveryWords(undefined)).join(' ');
    const others = unwrap(await (await world.person('Mallory')).engine.recoveryWords(undefined)).join(' ');
    host.device.root.close();
    const blank = await world.start(new Disk());
    gathering.relay.connect(world, blank);
    const options = { protection: { kind: 'device' }, relayUrl: RELAY } as const;
    expect(unwrap(await world.during(blank.engine.restore({ ...options, words: others }))).spaces).toEqual([]);
    unwrap(await blank.engine.retypeWords());
    expect(await blank.engine.session()).toEqual({ kind: 'blank' });
    const found = unwrap(await world.during(blank.engine.restore({ ...options, words })));
    expect(found.spaces).toEqual([host.space]);
    expect(await blank.engine.retypeWords()).toMatchObject({ ok: false, error: { code: 'already-set-up' } });
  });

  it('[V4] who gives the search up goes on with the same words, and a list is made at last', async () => {
    const alice = await world.person('Alice');
    const words = unwrap(await alice.engine.recoveryWords(undefined)).join(' ');
    alice.root.close();
    const blank = await world.start(new Disk());
    gathering.relay.connect(world, blank);
    const options = { words, protection: { kind: 'device' }, relayUrl: RELAY } as const;
    unwrap(await world.during(blank.engine.restore(options)));
    unwrap(await blank.engine.endSearch());
    expect(await blank.engine.spacesSearch()).toEqual({ kind: 'none' });
    const space = await blank.newSpace();
    await world.pass(1_000);
    const later = await world.start(new Disk());
    gathering.relay.connect(world, later);
    expect(unwrap(await world.during(later.engine.restore(options))).spaces).toEqual([space]);
  });

  it('[V4] a space counts as waiting until the relay holds the list that names it, over a restart too', async () => {
    const host = await gathering.host('Alice');
    const pending = async (): Promise<number> => (await host.device.engine.syncStatus())[0]?.pending ?? 0;
    const before = await pending();
    await world.pass(1_000);
    expect(await pending()).toBe(before - 1);
    host.device.root.close();
    const again = await world.start(host.device.disk);
    expect((await again.engine.syncStatus())[0]?.pending).toBe(before - 1);
    unwrap(await again.engine.setRelay('wss://other.test'));
    expect((await again.engine.syncStatus())[0]?.pending).toBe(before);
  });

  it('[R7] the relay’s mailboxes hold none of the names', async () => {
    const host = await gathering.host('Alice Canari');
    await gathering.admit(host, 'Bob Canari', 'editor');
    await world.pass(8_000);
    const dump = gathering.relay
      .blobs()
      .map((blob) => Buffer.from(blob).toString('latin1'))
      .join('\n');
    expect(gathering.relay.blobs().length).toBeGreaterThan(2);
    for (const canary of ['Canari', 'Alice', 'Bob']) expect(dump).not.toContain(canary);
  });
});
