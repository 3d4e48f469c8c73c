import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyCrypto } from '../crypto/sodium.ts';
import { unwrap } from '../foundation/result.ts';
import { Gathering } from './gathering.fixture.ts';
import { CHANNEL_DOCUMENT, PAGE_DOCUMENT, World } from './world.fixture.ts';

describe('roles and removal', () => {
  let world: World;
  let gathering: Gathering;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
    gathering = new Gathering(world);
  });
  afterEach(() => world.close());

  it('[G9] a reader writes nothing, a commenter messages only, an editor both', async () => {
    const host = await gathering.host('Alice');
    const { device: rita } = await gathering.admit(host, 'Rita', 'reader');
    const { device: colin } = await gathering.admit(host, 'Colin', 'commenter');
    const { device: edith } = await gathering.admit(host, 'Edith', 'editor');
    const forbidden = { ok: false, error: { code: 'role-forbids' } };
    expect(await rita.write(host.space, 'x')).toMatchObject(forbidden);
    expect(await rita.write(host.space, 'x', CHANNEL_DOCUMENT)).toMatchObject(forbidden);
    expect(await colin.write(host.space, 'x')).toMatchObject(forbidden);
    unwrap(await colin.write(host.space, 'hello', CHANNEL_DOCUMENT));
    unwrap(await edith.write(host.space, 'page'));
    await world.pass(8_000);
    expect(await host.device.read(host.space)).toEqual(['page']);
    expect(await rita.read(host.space, CHANNEL_DOCUMENT)).toEqual(['hello']);
  });

  it('[M9] Bob is made a reader; what he writes afterwards he may not, and before it stays', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await bob.write(host.space, 'as editor'));
    await world.pass(5_000);
    const self = (await bob.engine.spaces())[0]!;
    unwrap(await host.device.engine.setRole(host.space, self.member, 'reader'));
    await world.pass(5_000);
    expect(await bob.write(host.space, 'as reader')).toMatchObject({ ok: false, error: { code: 'role-forbids' } });
    expect(await host.device.read(host.space)).toEqual(['as editor']);
  });

  it('[K3][M8] after the removal of Bob, Carol and Alice go on under an epoch he holds no box of', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    unwrap(await bob.write(host.space, 'while in'));
    await world.pass(5_000);
    const removed = (await bob.engine.spaces())[0]!.member;
    unwrap(await host.device.engine.removeMember(host.space, removed));
    await world.pass(5_000);
    unwrap(await host.device.write(host.space, 'secret of Alice'));
    unwrap(await carol.write(host.space, 'secret of Carol'));
    await world.pass(8_000);
    expect((await carol.read(host.space)).toSorted()).toEqual(['secret of Alice', 'secret of Carol', 'while in']);
    expect((await host.device.read(host.space)).toSorted()).toEqual(['secret of Alice', 'secret of Carol', 'while in']);
    expect(await bob.read(host.space)).toEqual(['while in']);
    await bob.write(host.space, 'after');
    await world.pass(8_000);
    expect(await host.device.read(host.space)).not.toContain('after');
    expect(carol.root.meshSecrets(host.space)).toEqual(host.device.root.meshSecrets(host.space));
    expect(bob.root.meshSecrets(host.space)).not.toEqual(host.device.root.meshSecrets(host.space));
  });

  it('[M8] what Bob wrote offline after his removal reaches nobody as content', async () => {
    const host = await gathering.host('Alice');
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol } = await gathering.admit(host, 'Carol', 'editor');
    cut();
    unwrap(await host.device.engine.removeMember(host.space, (await bob.engine.spaces())[0]!.member));
    await world.pass(5_000);
    unwrap(await bob.write(host.space, 'late'));
    const bundle = unwrap(await bob.engine.exportBundle(host.space));
    unwrap(await carol.engine.importBundle(bundle));
    await world.pass(8_000);
    expect(await carol.read(host.space)).toEqual([]);
    expect(await host.device.read(host.space)).toEqual([]);
  });

  it('[M8] what Carol held of Bob before she heard of his removal stays, and for Alice too', async () => {
    const host = await gathering.host('Alice');
    const { device: bob, cut: cutBob } = await gathering.admit(host, 'Bob', 'editor');
    const { device: carol, cut: cutCarol } = await gathering.admit(host, 'Carol', 'editor');
    cutBob();
    cutCarol();
    const cutBoth = world.join(bob, carol);
    unwrap(await bob.write(host.space, 'seen by Carol alone'));
    await world.pass(8_000);
    cutBoth();
    unwrap(await host.device.engine.removeMember(host.space, (await bob.engine.spaces())[0]!.member));
    unwrap(await bob.write(host.space, 'seen by nobody in time'));
    world.join(host.device, carol);
    await world.pass(8_000);
    unwrap(await carol.engine.importBundle(unwrap(await bob.engine.exportBundle(host.space))));
    await world.pass(8_000);
    expect(await carol.read(host.space)).toEqual(['seen by Carol alone']);
    expect(await host.device.read(host.space)).toEqual(['seen by Carol alone']);
  });

  it('[K4] Carol, who comes last, reads what was written under every earlier epoch', async () => {
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    unwrap(await host.device.write(host.space, 'first epoch'));
    unwrap(await host.device.engine.removeMember(host.space, (await bob.engine.spaces())[0]!.member));
    unwrap(await host.device.write(host.space, 'second epoch'));
    const { device: carol } = await gathering.admit(host, 'Carol', 'reader');
    expect(await carol.read(host.space)).toEqual(['first epoch', 'second epoch']);
    expect(await carol.engine.entries(host.space, PAGE_DOCUMENT, 10_000)).toEqual([]);
  });
});
