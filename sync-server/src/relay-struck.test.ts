/** [R4] A key that was taken off the list: what it may still fetch, and nothing more; over real sockets and a real database. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, runRelayCommand, startRelay } from './relay-process.fixture.ts';
import { relayTown } from './relay-town.fixture.ts';

const town = relayTown();
const hex = (made: { readonly bytes: Uint8Array }): string => bytesToHex(made.bytes);

/** Alice wrote, struck Bob, and wrote on. */
async function bobIsStruck() {
  const { alice, client } = await town.aliceFounds();
  const bob = await town.admit(alice, client, { counter: 1 });
  const before = [alice.next(), alice.next()];
  for (const made of before) await client.append(made);
  client.setAcl(alice, { removed: [bob], counter: 2 });
  await client.next('acl-state', (state) => state.counter === 2);
  const after = [alice.next(), alice.next()];
  for (const made of after) await client.append(made);
  return { alice, bob, client, before, after };
}

/** Everything a key gets that comes with nothing: the end of Alice's chain as it is told, and the envelopes, genesis aside. */
async function visit(client: RelayClient, device: Device, alice: Device) {
  const from = client.seen.length;
  client.send(client.authFrame(device));
  await client.next('welcome');
  client.send({ kind: 'sub', space: device.space, isOn: true });
  client.send({ kind: 'frontier', space: device.space, mode: 'full', chains: [] });
  const { chains } = await client.next('frontier');
  expect((await client.nextRefusal('auth')).code).toBe('not-a-member');
  const seen = client.seen.slice(from);
  const envelopes = seen.flatMap((frame) => (frame.kind === 'env' ? [bytesToHex(frame.bytes)] : []));
  expect(seen.at(-1)?.kind).toBe('refused');
  expect(seen.some((frame) => frame.kind === 'acl-state')).toBe(false);
  return { last: chains.find(({ device: key }) => key === alice.keys.device)?.intervals.at(-1)?.[1], envelopes };
}

describe('[R4] a struck key', () => {
  test('Bob, struck while away, fetches all that the relay held then, and not one envelope further; then he is shown out', async () => {
    const { alice, bob, client, before } = await bobIsStruck();
    const reader = await town.person();
    const { last, envelopes } = await visit(reader, bob, alice);
    expect(envelopes.slice(1)).toEqual(before.map(hex));
    expect(last).toBe(before.at(-1)?.seq);
    // Nothing live, no presence, and no range beyond.
    const live = alice.next();
    await client.append(live);
    client.send({ kind: 'eph', bytes: alice.make({ type: 'presence' }).bytes });
    reader.send({ kind: 'want', space: bob.space, device: alice.keys.device, ranges: [[0, 9]] });
    await client.settled(alice);
    reader.send({ kind: 'ping' });
    await reader.next('ping');
    expect(reader.envelopes()).toHaveLength(envelopes.length);
    expect(reader.seen.some(({ kind }) => kind === 'eph')).toBe(false);
  });

  test('a range within reach is served, one beyond is not', async () => {
    const { alice, bob, before, after } = await bobIsStruck();
    const reader = await town.person();
    reader.send(reader.authFrame(bob));
    await reader.next('welcome');
    const from = before.at(-1)?.seq ?? 0;
    const ranges = [[from, after.at(-1)?.seq ?? 0]] as const;
    reader.send({ kind: 'want', space: bob.space, device: alice.keys.device, ranges });
    await reader.next('env');
    reader.send({ kind: 'want', space: bob.space, device: alice.keys.device, ranges: [[from + 1, from + 2]] });
    reader.send({ kind: 'ping' });
    await reader.next('ping');
    await reader.settled(bob);
    expect(reader.envelopes()).toEqual([hex(before.at(-1)!)]);
  });

  test('he writes nothing, shows nothing and changes no list, and none of it ends his socket', async () => {
    const { alice, bob } = await bobIsStruck();
    const reader = await town.person();
    await visit(reader, bob, alice);
    for (let i = 0; i < 40; i++) expect((await reader.refusedAppend(bob.make().bytes)).code).toBe('not-a-member');
    reader.send({ kind: 'eph', bytes: bob.make({ type: 'presence' }).bytes });
    reader.setAcl(alice, { entries: [], removed: [], counter: 9 });
    expect((await reader.nextRefusal('acl')).code).toBe('not-a-member');
    reader.send({ kind: 'ping' });
    await reader.next('ping');
  });

  test('who listens gets what came before, in the same breath, and is shown out behind it', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    const reader = await town.person();
    await reader.enter(bob);
    await reader.settled(bob);
    const removal = alice.next();
    client.send({ kind: 'env', bytes: removal.bytes });
    client.setAcl(alice, { removed: [bob], counter: 2 });
    client.send({ kind: 'env', bytes: alice.next().bytes });
    await reader.nextRefusal('auth');
    expect(reader.envelopes()).toEqual([hex(removal)]);
    expect(reader.seen.at(-1)?.kind).toBe('refused');
  });

  test('Bob, listed again, reads on as a member; struck once more, he reads up to that', async () => {
    const { alice, bob, client, before, after } = await bobIsStruck();
    client.setAcl(alice, { entries: [{ key: bob.keys.device, caps: 3, idx: 1 }], counter: 3 });
    await client.next('acl-state', (state) => state.counter === 3);
    const member = await town.person();
    await member.enter(bob);
    await member.next('acl-state');
    client.setAcl(alice, { removed: [bob], counter: 4 });
    await client.next('acl-state', (state) => state.counter === 4);
    await client.append(alice.next());
    const reader = await town.person();
    const { envelopes } = await visit(reader, bob, alice);
    expect(envelopes.slice(1)).toEqual([...before, ...after].map(hex));
  });

  test('a key that was never listed, or could not read, gets nothing', async () => {
    const { alice, client } = await town.aliceFounds();
    const mute = await town.admit(alice, client, { counter: 1, caps: 2 });
    const stranger = new Device(alice.space);
    client.setAcl(alice, { removed: [mute, stranger], counter: 2 });
    await client.next('acl-state', (state) => state.counter === 2);
    for (const device of [mute, stranger]) {
      const reader = await town.person();
      reader.send(reader.authFrame(device));
      expect((await reader.nextRefusal('auth')).code).toBe('not-a-member');
    }
  });
});

describe('[R4][R6] struck keys outlive the process', () => {
  test('after kill -9 and after a restore from the backup Bob fetches the same', async () => {
    const folders = [newDataFolder(), newDataFolder()];
    for (const { remove } of folders) onTestFinished(remove);
    const [data, fresh] = folders.map(({ path }) => path) as [string, string];
    const first = await startRelay(data);
    const client = await RelayClient.greeted(first.port);
    const alice = new Device();
    await client.found(alice);
    const bob = new Device(alice.space);
    client.setAcl(alice, { entries: [{ key: bob.keys.device, caps: 3, idx: 1 }], counter: 1 });
    const before = alice.next();
    await client.append(before);
    client.setAcl(alice, { removed: [bob], counter: 2 });
    await client.next('acl-state', (state) => state.counter === 2);
    expect(await runRelayCommand(['--data', data, '--backup', join(fresh, 'relay.sqlite')])).toBe(0);
    const after = alice.next();
    await client.append(after);
    copyFileSync(join(data, 'relay.key'), join(fresh, 'relay.key'));
    await first.kill('SIGKILL');
    for (const folder of [data, fresh]) {
      const relay = await startRelay(folder);
      const reader = await RelayClient.greeted(relay.port);
      expect((await visit(reader, bob, alice)).envelopes.slice(1)).toEqual([hex(before)]);
      const again = await RelayClient.greeted(relay.port);
      await again.enter(alice);
      // Whether it was in the backup or comes once more: it stands behind his removal.
      await again.append(after);
      const later = await RelayClient.greeted(relay.port);
      expect((await visit(later, bob, alice)).envelopes.slice(1)).toEqual([hex(before)]);
      await relay.kill('SIGKILL');
    }
  });
});

test('[R4][R5] his visits are counted: after those of a day he is refused at the door', async () => {
  const { path, remove } = newDataFolder();
  onTestFinished(remove);
  const relay = await startRelay(path, ['--limit-struck-visits-per-day', '2']);
  onTestFinished(() => void relay.kill('SIGKILL'));
  const client = await RelayClient.greeted(relay.port);
  const alice = new Device();
  await client.found(alice);
  const bob = new Device(alice.space);
  client.setAcl(alice, { entries: [{ key: bob.keys.device, caps: 3, idx: 1 }], counter: 1 });
  client.setAcl(alice, { removed: [bob], counter: 2 });
  await client.next('acl-state', (state) => state.counter === 2);
  for (let i = 0; i < 2; i++) await visit(await RelayClient.greeted(relay.port), bob, alice);
  const third = await RelayClient.greeted(relay.port);
  third.send(third.authFrame(bob));
  expect((await third.nextRefusal('auth')).code).toBe('not-a-member');
});
