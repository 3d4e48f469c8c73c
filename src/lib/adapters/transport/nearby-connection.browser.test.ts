import { describe, expect, test } from 'vitest';
import { unwrap } from '../../foundation/result.ts';
import { decodeNearbyCode, encodeNearbyOffer, formatNearbyCode, readNearbyCode } from '../../protocol/nearby-code.ts';
import { encodeNearbyAnswer, type NearbyDescription } from '../../protocol/nearby-code.ts';
import { describeTransport, type TransportPair } from '../../sync/transport.contract.ts';
import type { Transport } from '../../sync/transport.ts';
import { bindingOf } from './data-channel-frames.ts';
import { answerConnection, offerConnection, type NearbyConnection } from './nearby-connection.ts';
import { describeSdp, sdpOf } from './nearby-sdp.ts';

/** As the other side gets it: through the very text of a code. */
function carried(description: NearbyDescription, kind: 'connect' | 'answer'): NearbyDescription {
  const bytes = new Uint8Array(16);
  const content =
    kind === 'answer'
      ? encodeNearbyAnswer({ kind, proof: bytes, description })
      : encodeNearbyOffer({ kind, secret: bytes, description });
  return unwrap(readNearbyCode(unwrap(decodeNearbyCode(formatNearbyCode(content, location.origin))))).description;
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no connection');
  return value;
}

async function meet(): Promise<{
  readonly ends: readonly [NearbyConnection, NearbyConnection];
  opened: [Transport, Transport];
}> {
  const alice = sure(await offerConnection());
  const bob = sure(await answerConnection(carried(alice.description, 'connect')));
  expect(await alice.accept(carried(bob.description, 'answer'))).toBe(true);
  return { ends: [alice, bob], opened: [sure(await alice.opened), sure(await bob.opened)] };
}

async function makePair(): Promise<TransportPair> {
  const [pair, bystanders] = [await meet(), await meet()];
  const [near, far] = pair.opened;
  const [caller, called] = bystanders.opened;
  let answered: () => void = () => undefined;
  called.listen({ onFrame: (frame) => called.send(frame), onClose: () => undefined });
  caller.listen({ onFrame: () => answered(), onClose: () => undefined });
  return {
    near,
    far,
    // As long as a frame takes there and back between two others.
    settle: () =>
      new Promise((resolve) => {
        answered = resolve;
        caller.send(Uint8Array.of(1));
      }),
    dispose: () => [...pair.ends, ...bystanders.ends].forEach((end) => end.close()),
  };
}

describeTransport('[P3] the connection whose descriptions travel by hand', makePair);

describe('[P3] two connections in one page, joined by their codes alone', () => {
  test('[P2] both ends are bound to the same two fingerprints, other connections to others', async () => {
    const [one, other] = [await meet(), await meet()];
    const [near, far] = one.opened;
    expect(near.binding).toEqual(far.binding);
    expect(new TextDecoder().decode(near.binding)).toMatch(/^sha-256 \S{95}\nsha-256 \S{95}$/u);
    expect(other.opened[0].binding).not.toEqual(near.binding);
    [...one.ends, ...other.ends].forEach((end) => end.close());
  });

  test('[P2] a channel that opens before the page was told of the other’s description is bound to both all the same', async () => {
    const [alice, bob] = [new RTCPeerConnection({ iceServers: [] }), new RTCPeerConnection({ iceServers: [] })];
    alice.createDataChannel('archipel', { negotiated: true, id: 1 });
    await alice.setLocalDescription();
    // As if the channel had opened now.
    const early = bindingOf(alice);
    await bob.setRemoteDescription(sure(alice.localDescription ?? undefined));
    await bob.setLocalDescription();
    await alice.setRemoteDescription(sure(bob.localDescription ?? undefined));
    expect(await early).toEqual(await bindingOf(bob));
    alice.close();
    bob.close();
  });

  test('the code is small enough for one QR code that is read at arm’s length', async () => {
    const alice = sure(await offerConnection());
    const offer = encodeNearbyOffer({ kind: 'connect', secret: new Uint8Array(16), description: alice.description });
    expect(formatNearbyCode(offer, 'https://archipel.example.org').length).toBeLessThanOrEqual(350);
    expect(alice.description.candidates.length).toBeGreaterThan(0);
    alice.close();
    expect(await alice.opened).toBeUndefined();
  });

  test('[P2] a man in the middle puts another fingerprint into the answer: the channel never opens', async () => {
    const alice = sure(await offerConnection());
    const bob = sure(await answerConnection(carried(alice.description, 'connect')));
    const swapped = { ...bob.description, fingerprint: new Uint8Array(32).fill(7) };
    expect(await alice.accept(carried(swapped, 'answer'))).toBe(true);
    expect(await Promise.race([alice.opened, bob.opened])).toBeUndefined();
    alice.close();
    bob.close();
  });

  test('what was described and made whole again says the same', () => {
    const description = {
      ufrag: 'abcd',
      password: 'a'.repeat(24),
      fingerprint: new Uint8Array(32).map((_, i) => i * 7),
      candidates: [
        { address: '192.168.1.7', port: 40_000 },
        { address: 'fe80:0:0:0:0:0:0:1', port: 40_001 },
      ],
    };
    expect(describeSdp(sdpOf(description, 'offer'))).toEqual(description);
    expect(describeSdp('v=0\r\n')).toBeUndefined();
  });
});
