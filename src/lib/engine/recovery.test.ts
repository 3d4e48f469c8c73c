import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { Gathering, RELAY } from './gathering.fixture.ts';
import { Disk, World } from './world.fixture.ts';

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
