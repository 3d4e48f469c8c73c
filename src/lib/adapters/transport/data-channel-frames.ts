/** Frames over a WebRTC data channel: cut into fragments that every browser accepts, and joined again within bounds. */
import { concatBytes, utf8 } from '../../foundation/bytes.ts';
import { MAX_FRAME_BYTES } from '../../protocol/frames.ts';

/** Below the 262,144 bytes that every browser accepts in one message. */
const FRAGMENT_BYTES = 200_000;
const MORE = 0;
const LAST = 1;

/** A channel that is not open loses the frame. */
export function sendFrame(channel: RTCDataChannel, frame: Uint8Array): void {
  for (let at = 0; channel.readyState === 'open' && (at === 0 || at < frame.length); at += FRAGMENT_BYTES) {
    const isLast = at + FRAGMENT_BYTES >= frame.length;
    const part = concatBytes(Uint8Array.of(isLast ? LAST : MORE), frame.subarray(at, at + FRAGMENT_BYTES));
    channel.send(part as Uint8Array<ArrayBuffer>);
  }
}

/** Joins fragments back to frames, bounded by the largest frame. */
export function frameAssembler(): (fragment: Uint8Array) => Uint8Array | 'oversized' | undefined {
  let parts: Uint8Array[] = [];
  let length = 0;
  return (fragment) => {
    parts.push(fragment.subarray(1));
    length += fragment.length - 1;
    if (length > MAX_FRAME_BYTES) return 'oversized';
    if (fragment[0] !== LAST) return undefined;
    const frame = concatBytes(...parts);
    parts = [];
    length = 0;
    return frame;
  };
}

/**
 * Both DTLS fingerprints, sorted, so that both ends hold the same bytes and no one between them can [P2]. Waits for them: a
 * channel may open a moment before the page is told of the very description that opened it.
 */
export async function bindingOf(connection: RTCPeerConnection): Promise<Uint8Array> {
  while (connection.localDescription === null || connection.remoteDescription === null)
    await new Promise((resolve) => connection.addEventListener('signalingstatechange', resolve, { once: true }));
  const found = [connection.localDescription, connection.remoteDescription].map(
    ({ sdp }) => /a=fingerprint:(\S+ \S+)/.exec(sdp)?.[1]?.toLowerCase() ?? '',
  );
  return utf8(found.sort().join('\n'));
}
