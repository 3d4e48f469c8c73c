/** [R3] over real sockets and a real process. */
import { describe, expect, test } from 'vitest';
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import type { EnvelopeId } from '../../src/lib/foundation/ids.ts';
import { Device } from './device.fixture.ts';
import { relayTown } from './relay-town.fixture.ts';

const town = relayTown();

describe('[R3] append', () => {
  test('Bob receives what Alice appends, once, and she gets an ACK instead of an echo', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    const reader = await town.person();
    await reader.enter(bob);
    await reader.settled(bob);
    const made = alice.next();
    await client.append(made);
    expect(bytesToHex((await reader.next('env')).bytes)).toBe(bytesToHex(made.bytes));
    await client.settled(alice);
    expect(client.envelopes()).toEqual([]);
  });

  test('a gap is refused with the head', async () => {
    const { alice, client } = await town.aliceFounds();
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
    const { alice, client } = await town.aliceFounds();
    const twin = alice.make();
    const one = alice.next();
    await client.append(one);
    const head = { seq: 1, id16: one.id.slice(0, 32) };
    expect(await client.refusedAppend(twin.bytes)).toMatchObject({ code: 'chain-fork', head });
    const stranger = alice.make({ prev: '99'.repeat(32) as EnvelopeId });
    expect(await client.refusedAppend(stranger.bytes)).toMatchObject({ code: 'chain-fork', head });
  });

  test('the same envelope again is acknowledged again and stored once', async () => {
    const { alice, client } = await town.aliceFounds();
    const one = alice.next();
    await client.append(one);
    await client.append(one);
    const reader = await town.person();
    reader.send(reader.authFrame(alice));
    await reader.next('welcome');
    reader.send({ kind: 'want', space: alice.space, device: alice.keys.device, ranges: [[1, 5]] });
    await reader.next('env');
    await reader.settled(alice);
    expect(reader.envelopes()).toEqual([bytesToHex(one.bytes)]);
  });

  test('a flipped byte, an unlisted author and a reader who edits are refused, each with its code', async () => {
    const { alice, client } = await town.aliceFounds();
    const forged = alice.make().bytes.slice();
    forged[300] = (forged[300] ?? 0) ^ 1;
    expect((await client.refusedAppend(forged)).code).toBe('bad-signature');
    const bob = await town.admit(alice, client, { counter: 1 });
    const carol = await town.admit(alice, client, { counter: 2, caps: 1 });
    const writer = await town.person();
    await writer.enter(bob);
    expect((await writer.refusedAppend(new Device(alice.space).make().bytes)).code).toBe('not-a-member');
    expect((await writer.refusedAppend(carol.make().bytes)).code).toBe('role-forbids');
    await client.append(carol.next({ type: 'attest' }));
  });

  test('[M8] late work of Bob, taken off the list, is carried by one who may write; not by a reader, not by himself', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    await client.append(bob.next());
    client.setAcl(alice, { entries: [], removed: [bob], counter: 2 });
    await client.next('acl-state', (state) => state.counter === 2);
    const carol = await town.admit(alice, client, { counter: 3, caps: 1 });
    const reader = await town.person();
    await reader.enter(carol);
    const late = bob.next();
    expect((await reader.refusedAppend(late.bytes)).code).toBe('not-a-member');
    await client.append(late);
    await client.append(new Device(alice.space).next());
    const other = await town.person();
    other.send(other.authFrame(bob));
    await other.next('welcome');
    expect((await other.refusedAppend(bob.next().bytes)).code).toBe('not-a-member');
  });

  test('what was missed is sent in the order of arrival, and live entries follow without a gap', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    const sent: string[] = [];
    for (let i = 0; i < 40; i++) {
      const author = i % 3 === 0 ? bob : alice;
      const made = author.next({ size: 300 + i });
      await client.append(made);
      sent.push(bytesToHex(made.bytes));
    }
    const reader = await town.person();
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
