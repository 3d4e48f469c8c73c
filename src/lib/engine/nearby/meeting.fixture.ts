/** Two devices of a story side by side: their pages' part is played by a memory link. */
import { createMemoryLink } from '../../adapters/transport/memory-link.ts';
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { utf8 } from '../../foundation/bytes.ts';
import { unwrap } from '../../foundation/result.ts';
import type { NearbyDescription } from '../../protocol/nearby-code.ts';
import type { Transport } from '../../sync/transport.ts';
import type { Device, World } from '../world.fixture.ts';
import type { NearbyChoices, NearbyNews, NearbyPurpose } from './nearby-calls.ts';

export function someDescription(): NearbyDescription {
  return {
    ufrag: 'abcd',
    password: 'a'.repeat(24),
    fingerprint: new SystemRandom().bytes(32),
    candidates: [{ address: '192.168.1.7', port: 50_000 }],
  };
}

/** What the answering side decides; most stories need no more than a name. */
export function called(name: string): NearbyChoices {
  return { name, protection: { kind: 'device' }, deviceName: 'Telephone' };
}

/** What both ends of a channel between these two certificates are bound to. */
export function bindingOf(one: NearbyDescription, other: NearbyDescription): Uint8Array {
  return utf8([one.fingerprint.join(), other.fingerprint.join()].sort().join('\n'));
}

export interface Met {
  readonly offer: string;
  readonly answer: string;
  readonly meetings: readonly [string, string];
  readonly cut: () => void;
}

/** The whole ceremony: `host` shows, `guest` answers, `host` takes the answer, the channel opens. */
export async function meet(
  world: World,
  host: { readonly device: Device; readonly purpose: NearbyPurpose },
  guest: { readonly device: Device; readonly name?: string; readonly onSend?: (frame: Uint8Array, end: 0 | 1) => void },
): Promise<Met> {
  const [own, other] = [someDescription(), someDescription()];
  const offered = unwrap(await host.device.engine.offerNearby(own, host.purpose));
  const asked = unwrap(await guest.device.engine.readNearby(offered.code));
  const answered = unwrap(await guest.device.engine.answerNearby(offered.code, other, called(guest.name ?? '')));
  const found = unwrap(await host.device.engine.takeNearbyAnswer(offered.meeting, answered.code));
  const link = createMemoryLink({
    scheduler: world.time,
    chance: () => 0.5,
    sides: ['peer', 'peer'],
    binding: bindingOf(asked.description, found),
    ...(guest.onSend === undefined ? {} : { onSend: guest.onSend }),
  });
  host.device.root.meet(offered.meeting, link.ends[0]);
  guest.device.root.meet(answered.meeting, link.ends[1]);
  return {
    offer: offered.code,
    answer: answered.code,
    meetings: [offered.meeting, answered.meeting],
    cut: () => link.cut(),
  };
}

export function newsOf(device: Device): readonly NearbyNews[] {
  return device.events.flatMap((event) => (event.kind === 'nearby' ? [event.news] : []));
}

/** The same end, seen as if the channel were bound to other certificates: what a man in the middle cannot hide. */
export function boundTo(end: Transport, binding: Uint8Array): Transport {
  return {
    side: end.side,
    binding,
    send: (frame) => end.send(frame),
    bufferedBytes: () => end.bufferedBytes(),
    listen: (listener) => end.listen(listener),
    close: () => end.close(),
  };
}
