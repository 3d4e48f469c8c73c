/** The relay's rules over real sockets and a real process. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import type { EnvelopeId } from '../../src/lib/foundation/ids.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

let relay: RelayProcess;
const folder = newDataFolder();

beforeAll(async () => {
  await readyCrypto();
  relay = await startRelay(folder.path);
});
afterAll(async () => {
  await relay.kill('SIGTERM');
  folder.remove();
});

async function person(): Promise<RelayClient> {
  const client = await RelayClient.greeted(relay.port);
  onTestFinished(() => client.close());
  return client;
}

/** Alice's space, with her connected. */
async function aliceFounds(): Promise<{ alice: Device; client: RelayClient }> {
  const client = await person();
  const alice = new Device();
  await client.found(alice);
  return { alice, client };
}

/** Lets a device in by Alice's hand. */
async function admit(alice: Device, client: RelayClient, counter: number, caps = 3, idx = counter): Promise<Device> {
  const device = new Device(alice.space);
  client.setAcl(alice, { entries: [{ key: device.keys.device, caps, idx }], counter });
  await client.next('acl-state', (state) => state.counter === counter);
  return device;
}

describe('[R1] proofs', () => {
  test('the relay proves its own key over the nonce of who asks', async () => {
    const client = await person();
    expect(client.hello).toMatchObject({
      side: 'relay',
      version: 1,
      relay: { origin: `ws://127.0.0.1:${relay.port}` },
    });
  });

  test('a proof replayed on another socket is refused', async () => {
    const { alice, client } = await aliceFounds();
    const eve = await person();
    eve.send(client.authFrame(alice));
    expect((await eve.nextRefusal('auth')).code).toBe('auth-failed');
  });

  test('a challenge forwarded through another relay proves nothing: the signature names the origin that was dialled', async () => {
    const { alice } = await aliceFounds();
    const eve = await person();
    const hello = eve.hello!;
    const victim = new RelayClient(eve.socket);
    victim.hello = { ...hello, relay: { key: hello.relay!.key, origin: 'wss://eve.example' } };
    eve.send(victim.authFrame(alice));
    expect((await eve.nextRefusal('auth')).code).toBe('auth-failed');
  });

  test('a challenge forwarded under another key proves nothing either', async () => {
    const { alice } = await aliceFounds();
    const eve = await person();
    const victim = new RelayClient(eve.socket);
    victim.hello = {
      ...eve.hello!,
      relay: { key: idToBytes(new Device().keys.device), origin: eve.hello!.relay!.origin },
    };
    eve.send(victim.authFrame(alice));
    expect((await eve.nextRefusal('auth')).code).toBe('auth-failed');
  });

  test('one nonce admits one device to a space: another is refused, the same proof again is welcomed again', async () => {
    const { alice, client } = await aliceFounds();
    const bob = await admit(alice, client, 1);
    client.send(client.authFrame(bob));
    expect((await client.nextRefusal('auth')).code).toBe('auth-failed');
    client.send(client.authFrame(alice));
    await client.next('welcome');
  });

  test('a key that is not listed, and a space nobody founded, are refused', async () => {
    const { alice } = await aliceFounds();
    const client = await person();
    client.send(client.authFrame(new Device(alice.space)));
    expect((await client.nextRefusal('auth')).code).toBe('not-a-member');
    client.send(client.authFrame(new Device('77'.repeat(32) as typeof alice.space)));
    expect((await client.nextRefusal('auth')).code).toBe('wrong-space');
  });

  test('guessing ends the socket', async () => {
    const { alice } = await aliceFounds();
    const client = await person();
    const frame = client.authFrame(alice);
    for (let i = 0; i < 8; i++) client.send({ ...frame, signature: new Uint8Array(64).fill(i) });
    await client.closed();
  });

  test('nothing is served before a proof', async () => {
    const { alice } = await aliceFounds();
    const client = await person();
    client.send({ kind: 'frontier', space: alice.space, mode: 'full', chains: [] });
    client.send({ kind: 'want', space: alice.space, device: alice.keys.device, ranges: [[0, 9]] });
    client.send({ kind: 'sub', space: alice.space, isOn: true });
    client.send({ kind: 'env', bytes: alice.next().bytes });
    client.send({ kind: 'ping' });
    await client.next('ping');
    expect(client.seen.map((each) => each.kind)).toEqual(['hello', 'proof', 'ping']);
  });
});

describe('[R3] append', () => {
  test('Bob receives what Alice appends, once, and she gets an ACK instead of an echo', async () => {
    const { alice, client } = await aliceFounds();
    const bob = await admit(alice, client, 1);
    const reader = await person();
    await reader.enter(bob);
    await reader.settled(bob);
    const made = alice.next();
    await client.append(made);
    expect(bytesToHex((await reader.next('env')).bytes)).toBe(bytesToHex(made.bytes));
    await client.settled(alice);
    expect(client.envelopes()).toEqual([]);
  });

  test('a gap is refused with the head', async () => {
    const { alice, client } = await aliceFounds();
    const one = alice.next();
    await client.append(one);
    alice.next();
    const nack = await client.refusedAppend(alice.next().bytes);
    expect(nack).toMatchObject({
      code: 'chain-gap',
      device: alice.keys.device,
      head: { seq: 1, id16: one.id.slice(0, 32) },
    });
  });

  test('a fork is refused with the head: another envelope at a held seq, or another prev at the next', async () => {
    const { alice, client } = await aliceFounds();
    const twin = alice.make();
    const one = alice.next();
    await client.append(one);
    const head = { seq: 1, id16: one.id.slice(0, 32) };
    expect(await client.refusedAppend(twin.bytes)).toMatchObject({ code: 'chain-fork', head });
    const stranger = alice.make({ prev: '99'.repeat(32) as EnvelopeId });
    expect(await client.refusedAppend(stranger.bytes)).toMatchObject({ code: 'chain-fork', head });
  });

  test('the same envelope again is acknowledged again and stored once', async () => {
    const { alice, client } = await aliceFounds();
    const one = alice.next();
    await client.append(one);
    await client.append(one);
    const reader = await person();
    reader.send(reader.authFrame(alice));
    await reader.next('welcome');
    reader.send({ kind: 'want', space: alice.space, device: alice.keys.device, ranges: [[1, 5]] });
    await reader.next('env');
    await reader.settled(alice);
    expect(reader.envelopes()).toEqual([bytesToHex(one.bytes)]);
  });

  test('a flipped byte, an unlisted author and a reader who edits are refused, each with its code', async () => {
    const { alice, client } = await aliceFounds();
    const forged = alice.make().bytes.slice();
    forged[300] = (forged[300] ?? 0) ^ 1;
    expect((await client.refusedAppend(forged)).code).toBe('bad-signature');
    expect((await client.refusedAppend(new Device(alice.space).make().bytes)).code).toBe('not-a-member');
    const carol = await admit(alice, client, 1, 1);
    expect((await client.refusedAppend(carol.make().bytes)).code).toBe('role-forbids');
    await client.append(carol.next({ type: 'attest' }));
  });

  test('what was missed is sent in the order of arrival, and live entries follow without a gap', async () => {
    const { alice, client } = await aliceFounds();
    const bob = await admit(alice, client, 1);
    const sent: string[] = [];
    for (let i = 0; i < 40; i++) {
      const author = i % 3 === 0 ? bob : alice;
      const made = author.next({ size: 300 + i });
      await client.append(made);
      sent.push(bytesToHex(made.bytes));
    }
    const reader = await person();
    await reader.enter(bob);
    const held = alice.keys.device;
    reader.send({
      kind: 'frontier',
      space: bob.space,
      mode: 'full',
      chains: [{ device: held, intervals: [[0, 0]], head: '00'.repeat(16) }],
    });
    for (let i = 0; i < 20; i++) {
      const made = alice.next();
      await client.append(made);
      sent.push(bytesToHex(made.bytes));
    }
    for (let i = 0; i < 60; i++) await reader.next('env');
    expect(reader.envelopes()).toEqual(sent);
  });
});

describe('[R4] the access list', () => {
  test('only a key with A changes it, only below its own index, and only forward', async () => {
    const { alice, client } = await aliceFounds();
    const bob = await admit(alice, client, 1, 7, 5);
    const carol = await admit(alice, client, 2, 3, 9);
    const entry = (device: Device, idx: number, caps = 3) => ({ key: device.keys.device, caps, idx });
    const refusal = async () => (await client.nextRefusal('acl')).code;
    client.setAcl(carol, { entries: [entry(new Device(), 20)], counter: 3 });
    expect(await refusal()).toBe('role-forbids');
    client.setAcl(bob, { entries: [entry(alice, 7)], counter: 3 });
    expect(await refusal()).toBe('role-forbids');
    client.setAcl(bob, { removed: [alice], counter: 3 });
    expect(await refusal()).toBe('role-forbids');
    client.setAcl(bob, { entries: [entry(new Device(), 5)], counter: 3 });
    expect(await refusal()).toBe('role-forbids');
    client.setAcl(bob, { entries: [entry(carol, 9, 7)], counter: 2 });
    expect(await refusal()).toBe('relay-refused');
    client.setAcl(bob, { entries: [entry(carol, 9, 1)], counter: 3 });
    await client.next('acl-state', (state) => state.counter === 3);
  });

  test('a change signed by someone else is refused', async () => {
    const { alice, client } = await aliceFounds();
    const eve = new Device(alice.space);
    const forged = Object.assign(new Device(alice.space), {
      keys: { device: alice.keys.device, secret: eve.keys.secret },
    });
    client.setAcl(forged, { entries: [{ key: eve.keys.device, caps: 7, idx: 1 }], counter: 1 });
    expect((await client.nextRefusal('acl')).code).toBe('bad-signature');
  });

  test('who is taken off the list stops receiving at once', async () => {
    const { alice, client } = await aliceFounds();
    const bob = await admit(alice, client, 1);
    const reader = await person();
    await reader.enter(bob);
    await reader.settled(bob);
    client.setAcl(alice, { removed: [bob], counter: 2 });
    expect((await reader.nextRefusal('auth')).code).toBe('not-a-member');
    await client.append(alice.next());
    reader.send({ kind: 'ping' });
    await reader.next('ping');
    expect(reader.envelopes()).toEqual([]);
  });
});

describe('presence and mail', () => {
  test('[P4] presence reaches the others in the space, is never stored, and only from its own device', async () => {
    const { alice, client } = await aliceFounds();
    const bob = await admit(alice, client, 1);
    const reader = await person();
    await reader.enter(bob);
    await reader.settled(bob);
    const here = alice.make({ type: 'presence' });
    client.send({ kind: 'eph', bytes: here.bytes });
    expect(bytesToHex((await reader.next('eph')).bytes)).toBe(bytesToHex(here.bytes));
    client.send({ kind: 'eph', bytes: bob.make({ type: 'presence' }).bytes });
    client.send({ kind: 'eph', bytes: alice.make().bytes });
    await client.settled(alice);
    await reader.settled(bob);
    expect(reader.seen.filter((each) => each.kind === 'eph' || each.kind === 'env')).toHaveLength(1);
  });

  test('a letter waits, is delivered to who watches, replaced in its slot and dropped', async () => {
    const bob = await person();
    const alice = await person();
    const mailbox = new Uint8Array(32).fill(9);
    bob.send({ kind: 'mail-put', mailbox, blob: utf8('claim') });
    const { item } = await bob.next('mail-ack');
    bob.send({ kind: 'mail-put', mailbox, blob: utf8('claim') });
    expect((await bob.next('mail-ack')).item).toBe(item);
    alice.send({ kind: 'mail-get', mailbox, isOn: true });
    expect((await alice.next('mail')).items).toEqual([{ id: item, blob: utf8('claim') }]);
    bob.send({ kind: 'mail-put', mailbox, blob: utf8('one'), slot: 3 });
    bob.send({ kind: 'mail-put', mailbox, blob: utf8('two'), slot: 3 });
    await alice.next('mail', (mail) => bytesToHex(mail.items[0]!.blob) === bytesToHex(utf8('two')));
    alice.send({ kind: 'mail-drop', mailbox, item });
    const carol = await person();
    carol.send({ kind: 'mail-get', mailbox, isOn: true });
    expect((await carol.next('mail')).items.map((each) => each.blob)).toEqual([utf8('two')]);
  });
});

describe('[R7] secrecy', () => {
  test('neither database nor log holds an address, and the database holds only what was sealed', async () => {
    const { alice, client } = await aliceFounds();
    const canary = utf8('canary-in-clear-7f3a');
    const content = new Uint8Array(300).map((_, i) => (canary[i % canary.length] ?? 0) ^ 0x5a);
    await client.append(alice.next({ content }));
    const files = readdirSync(folder.path).map((name) => readFileSync(join(folder.path, name)));
    expect(files.some((file) => file.includes(Buffer.from(content)))).toBe(true);
    expect(files.some((file) => file.includes(Buffer.from(canary)))).toBe(false);
    for (const text of [relay.log.join('\n'), ...files.map((file) => file.toString('latin1'))]) {
      expect(text).not.toContain(alice.keys.device);
      expect(text.replaceAll(/"host":"[^"]*"/g, '')).not.toContain('127.0.0.1');
    }
  });
});
