/** A relay that only keeps letters: enough to be invited over, while logs level over another link. */
import { createMemoryLink, NO_FAULTS } from '../adapters/transport/memory-link.ts';
import { SystemRandom } from '../adapters/platform/system-random.ts';
import { signRelayProof } from '../crypto/auth.ts';
import { plainSigningKeyPairFromSeed } from '../crypto/sign.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import { decodeFrame, encodeFrame, type Frame } from '../protocol/frames.ts';
import type { Transport } from '../sync/transport.ts';
import type { Device, World } from './world.fixture.ts';

const ORIGIN = 'wss://relay.test';

interface Item {
  readonly id: number;
  readonly blob: Uint8Array;
  readonly slot: number | undefined;
}

export class MailRelay {
  readonly #keys = plainSigningKeyPairFromSeed(new SystemRandom().bytes(32));
  readonly #boxes = new Map<string, Item[]>();
  readonly #watchers = new Map<string, Set<Transport>>();
  /** When false, what is sent either way gets lost, and neither end is told. */
  isInReach = true;
  #lastId = 0;

  /** Everything that lies in the relay's mailboxes, as a thief of its disk sees it. */
  blobs(): readonly Uint8Array[] {
    return [...this.#boxes.values()].flatMap((items) => items.map((item) => item.blob));
  }

  /** What lies in one mailbox, as whoever holds the link sees it. */
  lettersIn(mailbox: Uint8Array): readonly Uint8Array[] {
    return (this.#boxes.get(bytesToHex(mailbox)) ?? []).map((item) => item.blob);
  }

  /** A letter from somebody with no engine of ours. */
  slip(mailbox: Uint8Array, blob: Uint8Array): void {
    this.#put({ kind: 'mail-put', mailbox, blob });
  }

  /** The relay forgets what lay in one mailbox. */
  clear(mailbox: Uint8Array): void {
    this.#boxes.delete(bytesToHex(mailbox));
  }

  connect(world: World, device: Device): () => void {
    const link = createMemoryLink({
      scheduler: world.time,
      chance: () => 0.5,
      sides: ['relay', 'peer'],
      faults: () => ({ ...NO_FAULTS, drop: this.isInReach ? 0 : 1 }),
    });
    const [client, end] = link.ends;
    end.listen({ onFrame: (bytes) => this.#onFrame(end, bytes), onClose: () => undefined });
    device.root.attach(client);
    return () => link.cut();
  }

  #onFrame(end: Transport, bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) return;
    const frame = decoded.value;
    const send = (answer: Frame): void => end.send(encodeFrame(answer));
    if (frame.kind === 'hello') {
      send({
        kind: 'hello',
        version: 1,
        side: 'relay',
        nonce: new SystemRandom().bytes(32),
        relay: { key: this.#keys.publicKey, origin: ORIGIN },
      });
      send({ kind: 'proof', signature: signRelayProof(ORIGIN, frame.nonce, this.#keys) });
    }
    if (frame.kind === 'ping') send({ kind: 'ping' });
    if (frame.kind === 'mail-put') this.#put(frame);
    if (frame.kind === 'mail-put') send({ kind: 'mail-ack', mailbox: frame.mailbox, item: this.#lastId });
    if (frame.kind === 'mail-drop')
      this.#change(bytesToHex(frame.mailbox), (items) => items.filter((item) => item.id !== frame.item));
    if (frame.kind === 'mail-get') {
      const key = bytesToHex(frame.mailbox);
      const watchers = this.#watchers.get(key) ?? new Set();
      this.#watchers.set(key, watchers);
      if (!frame.isOn) watchers.delete(end);
      else {
        watchers.add(end);
        send({ kind: 'mail', mailbox: frame.mailbox.slice(), items: this.#boxes.get(key) ?? [] });
      }
    }
  }

  #put(frame: Extract<Frame, { readonly kind: 'mail-put' }>): void {
    const key = bytesToHex(frame.mailbox);
    const item = { id: ++this.#lastId, blob: frame.blob.slice(), slot: frame.slot };
    this.#change(key, (items) => [
      ...items.filter((other) => item.slot === undefined || other.slot !== item.slot),
      item,
    ]);
    for (const watcher of this.#watchers.get(key) ?? []) {
      watcher.send(encodeFrame({ kind: 'mail', mailbox: frame.mailbox.slice(), items: [item] }));
    }
  }

  #change(key: string, change: (items: readonly Item[]) => Item[]): void {
    this.#boxes.set(key, change(this.#boxes.get(key) ?? []));
  }
}
