/** The access list, presence, mail and secrecy, over real sockets and a real process. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { Device } from './device.fixture.ts';
import { relayTown } from './relay-town.fixture.ts';

const town = relayTown();

describe('[R4] the access list', () => {
  test('only a key with A changes it, only below its own index, and only forward', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1, caps: 7, idx: 5 });
    const carol = await town.admit(alice, client, { counter: 2, caps: 3, idx: 9 });
    const entry = (device: Device, idx: number, caps = 3) => ({ key: device.keys.device, caps, idx });
    const refusal = async () => (await client.nextRefusal('acl')).code;
    client.setAcl(carol, { entries: [entry(new Device(), 20, 7)], counter: 3 });
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

  test('a key without A lets in its person’s next device: beside itself, with no more than it has, and nothing else', async () => {
    const { alice, client } = await town.aliceFounds();
    const carol = await town.admit(alice, client, { counter: 1, caps: 3, idx: 70 });
    const reader = await town.admit(alice, client, { counter: 2, caps: 1, idx: 140 });
    const key = new Device().keys.device;
    const tried = [
      [carol, { entries: [{ key, caps: 7, idx: 71 }] }],
      [carol, { entries: [{ key, caps: 3, idx: 70 }] }],
      [carol, { entries: [{ key, caps: 3, idx: 69 }] }],
      [carol, { entries: [{ key, caps: 3, idx: 128 }] }],
      [carol, { entries: [{ key: reader.keys.device, caps: 3, idx: 71 }] }],
      [carol, { entries: [{ key, caps: 3, idx: 71 }], removed: [reader] }],
      [reader, { entries: [{ key, caps: 3, idx: 141 }] }],
    ] as const;
    for (const [signer, change] of tried) {
      client.setAcl(signer, {
        ...change,
        removed: 'removed' in change ? [...change.removed] : [],
        entries: [...change.entries],
        counter: 3,
      });
      expect((await client.nextRefusal('acl')).code).toBe('role-forbids');
    }
    client.setAcl(carol, { entries: [{ key, caps: 3, idx: 71 }], counter: 3 });
    const state = await client.next('acl-state', ({ counter }) => counter === 3);
    expect(state.entries.find((entry) => entry.key === key)).toMatchObject({ caps: 3, idx: 71 });
    client.setAcl(reader, { entries: [{ key: new Device().keys.device, caps: 1, idx: 141 }], counter: 4 });
    await client.next('acl-state', ({ counter }) => counter === 4);
  });

  test('a change signed by someone else is refused', async () => {
    const { alice, client } = await town.aliceFounds();
    const eve = new Device(alice.space);
    const forged = Object.assign(new Device(alice.space), {
      keys: { device: alice.keys.device, secret: eve.keys.secret },
    });
    client.setAcl(forged, { entries: [{ key: eve.keys.device, caps: 7, idx: 1 }], counter: 1 });
    expect((await client.nextRefusal('acl')).code).toBe('bad-signature');
  });

  test('who is taken off the list stops receiving at once', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    const reader = await town.person();
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
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    const reader = await town.person();
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
    const bob = await town.person();
    const alice = await town.person();
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
    const carol = await town.person();
    carol.send({ kind: 'mail-get', mailbox, isOn: true });
    expect((await carol.next('mail')).items.map((each) => each.blob)).toEqual([utf8('two')]);
  });
});

describe('[R7] secrecy', () => {
  test('neither database nor log holds an address, and the database holds only what was sealed', async () => {
    const { alice, client } = await town.aliceFounds();
    const canary = utf8('canary-in-clear-7f3a');
    const content = new Uint8Array(300).map((_, i) => (canary[i % canary.length] ?? 0) ^ 0x5a);
    await client.append(alice.next({ content }));
    const files = readdirSync(town.relay.data).map((name) => readFileSync(join(town.relay.data, name)));
    expect(files.some((file) => file.includes(Buffer.from(content)))).toBe(true);
    expect(files.some((file) => file.includes(Buffer.from(canary)))).toBe(false);
    for (const text of [town.relay.log.join('\n'), ...files.map((file) => file.toString('latin1'))]) {
      expect(text).not.toContain(alice.keys.device);
      expect(text.replaceAll(/"host":"[^"]*"/g, '')).not.toContain('127.0.0.1');
    }
  });
});
