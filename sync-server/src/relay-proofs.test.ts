/** [R1] over real sockets and a real process. */
import { describe, expect, test } from 'vitest';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { relayTown } from './relay-town.fixture.ts';

const town = relayTown();

describe('[R1] proofs', () => {
  test('the relay proves its own key over the nonce of who asks', async () => {
    const client = await town.person();
    expect(client.hello).toMatchObject({
      side: 'relay',
      version: 1,
      relay: { origin: `ws://127.0.0.1:${town.relay.port}` },
    });
  });

  test('a proof replayed on another socket is refused', async () => {
    const { alice, client } = await town.aliceFounds();
    const eve = await town.person();
    eve.send(client.authFrame(alice));
    expect((await eve.nextRefusal('auth')).code).toBe('auth-failed');
  });

  test('a challenge forwarded through another relay proves nothing: the signature names the origin that was dialled', async () => {
    const { alice } = await town.aliceFounds();
    const eve = await town.person();
    const hello = eve.hello!;
    const victim = new RelayClient(eve.socket);
    victim.hello = { ...hello, relay: { key: hello.relay!.key, origin: 'wss://eve.example' } };
    eve.send(victim.authFrame(alice));
    expect((await eve.nextRefusal('auth')).code).toBe('auth-failed');
  });

  test('a challenge forwarded under another key proves nothing either', async () => {
    const { alice } = await town.aliceFounds();
    const eve = await town.person();
    const victim = new RelayClient(eve.socket);
    victim.hello = {
      ...eve.hello!,
      relay: { key: idToBytes(new Device().keys.device), origin: eve.hello!.relay!.origin },
    };
    eve.send(victim.authFrame(alice));
    expect((await eve.nextRefusal('auth')).code).toBe('auth-failed');
  });

  test('one nonce admits one device to a space: another is refused, the same proof again is welcomed again', async () => {
    const { alice, client } = await town.aliceFounds();
    const bob = await town.admit(alice, client, { counter: 1 });
    client.send(client.authFrame(bob));
    expect((await client.nextRefusal('auth')).code).toBe('auth-failed');
    client.send(client.authFrame(alice));
    await client.next('welcome');
  });

  test('a key that is not listed, and a space nobody founded, are refused', async () => {
    const { alice } = await town.aliceFounds();
    const client = await town.person();
    client.send(client.authFrame(new Device(alice.space)));
    expect((await client.nextRefusal('auth')).code).toBe('not-a-member');
    client.send(client.authFrame(new Device('77'.repeat(32) as typeof alice.space)));
    expect((await client.nextRefusal('auth')).code).toBe('wrong-space');
  });

  test('guessing ends the socket', async () => {
    const { alice } = await town.aliceFounds();
    const client = await town.person();
    const frame = client.authFrame(alice);
    for (let i = 0; i < 8; i++) client.send({ ...frame, signature: new Uint8Array(64).fill(i) });
    await client.closed();
  });

  test('nothing is served before a proof', async () => {
    const { alice } = await town.aliceFounds();
    const client = await town.person();
    client.send({ kind: 'frontier', space: alice.space, mode: 'full', chains: [] });
    client.send({ kind: 'want', space: alice.space, device: alice.keys.device, ranges: [[0, 9]] });
    client.send({ kind: 'sub', space: alice.space, isOn: true });
    client.send({ kind: 'env', bytes: alice.next().bytes });
    client.send({ kind: 'ping' });
    await client.next('ping');
    expect(client.seen.map((each) => each.kind)).toEqual(['hello', 'proof', 'ping']);
  });
});
