/**
 * Who is at the other end [S5]: hello both ways, then, per space, a proof of the device's key over the channel's binding
 * and the other side's nonce. A peer must prove itself and be welcomed; a relay proves its own key first and then
 * welcomes us; tabs and files need no proof. Every step is repeated until it was heard.
 */
import { equalBytes } from '../foundation/bytes.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import { FRAME_VERSION, relayBinding, type Frame } from '../protocol/frames.ts';
import { FRAME_NONCE_BYTES } from '../protocol/sync-frames.ts';
import type { LinkProof } from './sync-host.ts';
import type { Transport } from './transport.ts';

type FrameOf<K extends Frame['kind']> = Extract<Frame, { readonly kind: K }>;

interface SpaceProof {
  /** The other side's device, once it proved it. */
  device: DeviceId | undefined;
  isWelcome: boolean;
  refusal: WireErrorCode | undefined;
}

export interface HandshakeOptions {
  readonly transport: Transport;
  readonly proof: LinkProof | undefined;
  readonly random: Random;
  readonly send: (frame: Frame) => void;
  readonly onShared: (space: SpaceId) => void;
  readonly onReset: () => void;
  readonly onRefused: (code: WireErrorCode) => void;
}

export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #nonce: Uint8Array;
  readonly #spaces = new Map<SpaceId, SpaceProof>();
  #theirNonce: Uint8Array | undefined;
  #binding: Uint8Array | undefined;
  #relay: { readonly key: Uint8Array; readonly origin: string } | undefined;
  #hasHeardUs = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#nonce = options.random.bytes(FRAME_NONCE_BYTES);
  }

  /** True once both sides have greeted, and a relay has proven its key. */
  get isOpen(): boolean {
    return this.#binding !== undefined;
  }

  isShared(space: SpaceId): boolean {
    const proof = this.#spaces.get(space);
    if (proof === undefined || !this.isOpen) return false;
    const { side } = this.#options.transport;
    if (side === 'tab' || side === 'file') return true;
    return proof.isWelcome && (side === 'relay' || proof.device !== undefined);
  }

  /** The other side's proven device in a space: only between peers. */
  deviceIn(space: SpaceId): DeviceId | undefined {
    return this.#spaces.get(space)?.device;
  }

  refusalOf(space: SpaceId): WireErrorCode | undefined {
    return this.#spaces.get(space)?.refusal;
  }

  spaces(): readonly SpaceId[] {
    return [...this.#spaces.keys()];
  }

  greet(): void {
    this.#options.send({ kind: 'hello', version: FRAME_VERSION, side: 'peer', nonce: this.#nonce });
  }

  /** Any frame but a hello is sent only by a side that has heard ours. */
  noteHeard(): void {
    this.#hasHeardUs = true;
  }

  /** Sends again whatever may have been lost. */
  async tick(): Promise<void> {
    if (!this.#hasHeardUs || !this.isOpen) this.greet();
    await this.#authenticateAll();
  }

  async setSpaces(spaces: readonly SpaceId[]): Promise<void> {
    const wanted = new Set(spaces);
    for (const space of this.#spaces.keys()) if (!wanted.has(space)) this.#spaces.delete(space);
    for (const space of wanted) {
      const proof = this.#spaces.get(space);
      if (proof !== undefined) {
        const wasRefused = proof.refusal !== undefined;
        proof.refusal = undefined;
        if (wasRefused) await this.#begin(space);
        continue;
      }
      this.#spaces.set(space, { device: undefined, isWelcome: false, refusal: undefined });
      await this.#begin(space);
    }
  }

  async onHello(hello: FrameOf<'hello'>): Promise<void> {
    const { transport, send, onReset, onRefused } = this.#options;
    if (hello.version !== FRAME_VERSION) {
      onRefused('unknown-version');
      return;
    }
    if ((hello.side === 'relay') !== (transport.side === 'relay')) {
      onRefused('auth-failed');
      return;
    }
    if (equalBytes(hello.nonce, this.#nonce)) {
      onRefused('auth-failed');
      return;
    }
    if (this.#theirNonce !== undefined && equalBytes(hello.nonce, this.#theirNonce)) {
      if (!this.#hasHeardUs) this.greet();
      return;
    }
    const isAgain = this.#theirNonce !== undefined;
    this.#theirNonce = hello.nonce.slice();
    if (isAgain && this.#isSameRelay(hello)) {
      // Its challenge had grown old [R1]; what it welcomed before stays welcome.
      await this.#authenticateAll();
      return;
    }
    for (const proof of this.#spaces.values()) Object.assign(proof, { device: undefined, isWelcome: false });
    if (isAgain) {
      this.#binding = undefined;
      onReset();
      this.greet();
    }
    if (transport.side === 'relay') {
      if (hello.relay === undefined) {
        onRefused('auth-failed');
        return;
      }
      this.#relay = { key: hello.relay.key.slice(), origin: hello.relay.origin };
      send({ kind: 'ping' });
      return;
    }
    await this.#open(transport.binding);
  }

  async onProof(frame: FrameOf<'proof'>): Promise<void> {
    const { transport, proof, onRefused } = this.#options;
    if (transport.side !== 'relay' || this.#relay === undefined || this.isOpen || proof === undefined) return;
    const binding = relayBinding(this.#relay);
    const isExpected = transport.binding.length === 0 || equalBytes(transport.binding, binding);
    if (!isExpected || !(await proof.verifyRelay(this.#relay, this.#nonce, frame.signature))) {
      onRefused('auth-failed');
      return;
    }
    await this.#open(binding);
  }

  async onAuth(frame: FrameOf<'auth'>): Promise<void> {
    const { transport, proof, send } = this.#options;
    const known = this.#spaces.get(frame.space);
    if (transport.side !== 'peer' || proof === undefined || known === undefined || this.#binding === undefined) return;
    if (!equalBytes(frame.nonce, this.#nonce)) return;
    const challenge = { space: frame.space, nonce: this.#nonce, binding: this.#binding };
    if (!(await proof.verify(challenge, frame))) return;
    known.device = frame.device;
    send({ kind: 'welcome', space: frame.space, device: frame.device });
    this.#announceIfShared(frame.space);
  }

  onWelcome(frame: FrameOf<'welcome'>): void {
    const known = this.#spaces.get(frame.space);
    if (known === undefined || known.isWelcome || !this.isOpen) return;
    known.isWelcome = true;
    this.#announceIfShared(frame.space);
  }

  /** The other side does not, or no longer, take us in for this space; asked again after `setSpaces`. */
  onAuthRefused(space: SpaceId, code: WireErrorCode): void {
    const known = this.#spaces.get(space);
    if (known !== undefined) Object.assign(known, { refusal: code, isWelcome: false });
  }

  #isSameRelay({ relay }: FrameOf<'hello'>): boolean {
    const known = this.#relay;
    return (
      this.isOpen &&
      relay !== undefined &&
      known !== undefined &&
      relay.origin === known.origin &&
      equalBytes(relay.key, known.key)
    );
  }

  async #authenticateAll(): Promise<void> {
    for (const [space, proof] of this.#spaces) if (!proof.isWelcome) await this.#authenticate(space);
  }

  async #open(binding: Uint8Array): Promise<void> {
    this.#binding = binding;
    this.#options.send({ kind: 'ping' });
    for (const space of this.#spaces.keys()) await this.#begin(space);
  }

  async #begin(space: SpaceId): Promise<void> {
    await this.#authenticate(space);
    this.#announceIfShared(space);
  }

  async #authenticate(space: SpaceId): Promise<void> {
    const { transport, proof, send } = this.#options;
    if (transport.side === 'tab' || transport.side === 'file' || proof === undefined) return;
    const [nonce, binding] = [this.#theirNonce, this.#binding];
    if (nonce === undefined || binding === undefined || this.refusalOf(space) !== undefined) return;
    const own = await proof.prove({ space, nonce, binding });
    if (own !== undefined) send({ kind: 'auth', space, nonce, ...own });
  }

  #announceIfShared(space: SpaceId): void {
    if (this.isShared(space)) this.#options.onShared(space);
  }
}
