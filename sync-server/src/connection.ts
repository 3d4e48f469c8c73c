/**
 * One socket's conversation: greet, prove, then serve. What fails before a signature costs no state; what no honest client
 * sends is a strike, and enough strikes end the socket.
 */
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import type { WireErrorCode } from '../../src/lib/protocol/frame-codes.ts';
import { decodeFrame, encodeFrame, FRAME_VERSION, isEnvelopeFrame } from '../../src/lib/protocol/frames.ts';
import type { Frame } from '../../src/lib/protocol/frames.ts';
import type { Refusable } from '../../src/lib/protocol/relay-frames.ts';
import { Allowance } from './allowance.ts';
import type { Listener } from './audience.ts';
import { Challenge } from './auth.ts';
import { takeEnvelope, takeEphemeral, takeVoucher } from './intake.ts';
import { Inbox } from './inbox.ts';
import type { Taken } from './inbox.ts';
import { changeAcl, dropMail, getMail, putMail } from './requests.ts';
import { Outbox } from './outbox.ts';
import { FrameBatch } from './outgoing.ts';
import type { OutgoingSocket } from './outgoing.ts';
import type { Relay } from './relay.ts';
import type { Room } from './room.ts';
import { Serving } from './serving.ts';
import { StruckSpaces } from './struck-spaces.ts';
import { SignatureChecks } from './signature-checks.ts';

export type FrameOf<K extends Frame['kind']> = Extract<Frame, { readonly kind: K }>;
/** `wait`: the allowance is spent; the frame is kept, the socket paused, and both go on later. */
export type Handled = 'done' | 'wait' | 'strike';

/** Envelopes of one socket whose signatures are being checked at once. */
const MAX_CHECKS = 16;

const MAX_STRIKES = 32;
const MAX_FAILED_PROOFS = 8;

export class Connection implements Listener {
  readonly relay: Relay;
  readonly address: string;
  readonly socket: OutgoingSocket;
  /** The device proven for each space. */
  readonly admitted = new Map<SpaceId, DeviceId>();
  /** [R4] Spaces off whose list the proven device was taken. */
  readonly struck: StruckSpaces;
  /** Spaces this client may found: asked for, and allowed. */
  readonly founding = new Set<SpaceId>();
  readonly watchedBoxes = new Set<string>();
  readonly ephemeral: Allowance;
  readonly checks: SignatureChecks;
  readonly #inbox: Inbox;
  readonly #challenge: Challenge;
  readonly #serving: Serving;
  readonly #frames: Allowance;
  readonly #outbox = new Outbox();
  #clientNonce = new Uint8Array(0);
  #hasGreeted = false;
  #isEnded = false;
  #strikes = 0;
  #failedProofs = 0;

  constructor(relay: Relay, socket: OutgoingSocket, from: { readonly origin: string; readonly address: string }) {
    const { identity, random, clock, limits, scheduler, signatures } = relay.ports;
    const nowMs = clock.nowMs();
    this.relay = relay;
    this.socket = socket;
    this.address = from.address;
    this.#challenge = new Challenge({ identity, random, origin: from.origin, nowMs });
    this.#serving = new Serving(this);
    this.struck = new StruckSpaces(relay);
    this.#inbox = new Inbox({ scheduler, socket, take: (frame) => this.#take(frame) });
    this.checks = new SignatureChecks(signatures, () => {
      this.#inbox.goOn();
      relay.journal.flushIfDue();
    });
    this.#frames = new Allowance({ perSecond: limits.framesPerSecond, burst: limits.framesBurst }, nowMs);
    this.ephemeral = new Allowance({ perSecond: limits.ephemeralPerSecond, burst: limits.ephemeralBurst }, nowMs);
  }

  receive(bytes: Uint8Array): void {
    this.#inbox.receive(bytes);
    this.relay.journal.flushIfDue();
  }

  /** The socket is gone; what came whole before is not lost with it. */
  onClosed(): void {
    if (this.#isEnded) return;
    this.#inbox.close();
    this.checks.settle();
    this.#leave();
  }

  #leave(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#inbox.close();
    this.checks.drop();
    this.#serving.close();
    for (const box of this.watchedBoxes) this.relay.unwatchMail(box, this);
    this.relay.forget(this, [...this.admitted.keys(), ...this.struck.keys()]);
  }

  end(code: WireErrorCode): void {
    if (this.#isEnded) return;
    this.flush();
    this.reply({ kind: 'bye', code });
    this.socket.close();
    this.#leave();
  }

  /** At once. */
  reply(...frames: readonly Frame[]): void {
    if (!this.#isEnded) this.socket.send([new FrameBatch(frames.map(encodeFrame))]);
  }

  refuse(request: Refusable, subject: Uint8Array, code: WireErrorCode): void {
    this.reply({ kind: 'refused', request, subject, code });
  }

  /** With this tick; of several for one chain only the highest is sent. */
  acknowledge(ack: FrameOf<'ack'>): void {
    this.#filling().addAck(ack);
  }

  queueFrame(frame: Frame): void {
    this.#filling().addFrame(frame);
  }

  queue(batch: FrameBatch): void {
    this.#filling().addBatch(batch);
  }

  #filling(): Outbox {
    if (this.#outbox.isEmpty) this.relay.markDirty(this);
    return this.#outbox;
  }

  isLive(space: SpaceId): boolean {
    return this.#serving.isLive(space);
  }

  /** One write for all that waited; a reader that fell too far behind is let go and heals by its next FRONTIER. */
  flush(): void {
    if (this.#isEnded) return;
    const batches = this.#outbox.take();
    if (batches.length === 0) return;
    if (this.socket.queuedBytes() > this.relay.ports.limits.queueBytes) {
      this.relay.ports.metrics.add('slow_readers');
      this.socket.destroy();
      this.onClosed();
    } else this.socket.send(batches);
  }

  onAclChanged(room: Room): void {
    const device = this.admitted.get(room.space);
    if (device === undefined) return;
    if (room.acl.isListed(device)) this.#tellAcl(room);
    else {
      const { space } = room;
      this.admitted.delete(space);
      this.relay.audience.leave(space, this);
      const until = this.struck.onStruck(space, device);
      if (until === undefined || !this.#serving.endAt(space, until)) this.dismiss(space);
    }
  }

  /** The device is off the list and has all that it may still have: said with this tick, behind what waits to be sent. */
  dismiss(space: SpaceId): void {
    this.queueFrame({ kind: 'refused', request: 'auth', subject: idToBytes(space), code: 'not-a-member' });
  }

  strike(): void {
    this.relay.ports.metrics.add('frames_refused');
    if (++this.#strikes >= MAX_STRIKES) this.end('malformed');
  }

  /** Envelopes are checked side by side; any other frame waits until those before it are done. */
  #take(bytes: Uint8Array): Taken {
    const { clock, metrics } = this.relay.ports;
    const { count } = this.checks;
    if (count >= MAX_CHECKS || (count > 0 && !isEnvelopeFrame(bytes))) return 'held';
    if (!this.#frames.take(1, clock.nowMs())) {
      metrics.add('limited');
      return 'spent';
    }
    const decoded = decodeFrame(bytes);
    const handled = decoded.ok ? this.#handle(decoded.value, bytes) : 'strike';
    if (handled === 'strike') this.strike();
    if (handled === 'wait') metrics.add('limited');
    return handled === 'wait' ? 'spent' : 'taken';
  }

  #handle(frame: Frame, bytes: Uint8Array): Handled {
    if (frame.kind === 'hello') return this.#onHello(frame);
    if (!this.#hasGreeted) return 'strike';
    switch (frame.kind) {
      case 'env':
        return takeEnvelope(this, frame.bytes, bytes);
      case 'eph':
        return takeEphemeral(this, frame.bytes, bytes);
      case 'auth':
        this.#onAuth(frame);
        return 'done';
      case 'sub':
        return this.#serving.onSub(frame);
      case 'frontier':
        return this.#serving.onFrontier(frame);
      case 'want':
        return this.#serving.onWant(frame);
      case 'create':
        return takeVoucher(this, frame);
      case 'acl':
        return changeAcl(this, frame);
      case 'mail-put':
        return putMail(this, frame);
      case 'mail-get':
        return getMail(this, frame);
      case 'mail-drop':
        return dropMail(this, frame);
      case 'chunk-want':
      case 'chunk-have':
      case 'chunk':
        this.refuse('chunk', idToBytes(frame.space), 'unknown-type');
        return 'done';
      case 'ping':
        this.reply({ kind: 'ping' });
        return 'done';
      case 'ack':
      case 'nack':
        return 'done';
      case 'bye':
        this.socket.close();
        this.onClosed();
        return 'done';
      case 'proof':
      case 'welcome':
      case 'hdr':
      case 'acl-state':
      case 'mail-ack':
      case 'mail':
      case 'refused':
        return 'strike';
    }
  }

  #onHello(frame: FrameOf<'hello'>): Handled {
    if (frame.side !== 'peer') return 'strike';
    if (frame.version === FRAME_VERSION) {
      this.#hasGreeted = true;
      this.#clientNonce = frame.nonce.slice();
      this.reply(...this.#challenge.greeting(frame.nonce));
    } else this.end('unknown-version');
    return 'done';
  }

  #onAuth(frame: FrameOf<'auth'>): void {
    const { metrics, limits, clock } = this.relay.ports;
    const subject = idToBytes(frame.space);
    const room = this.relay.rooms.find(frame.space);
    if (room === undefined && !this.founding.has(frame.space)) {
      this.refuse('auth', subject, 'wrong-space');
      return;
    }
    const isKnown = this.admitted.has(frame.space) || this.struck.has(frame.space);
    if (this.admitted.size + this.struck.size >= limits.spacesPerSocket && !isKnown) {
      this.refuse('auth', subject, 'rate-limited');
      return;
    }
    const verdict = this.#challenge.judge(frame, clock.nowMs());
    if (verdict === 'expired') this.reply(...this.#challenge.greeting(this.#clientNonce));
    else if (verdict === 'refused') this.#onFailedProof(subject);
    else if (room?.acl.isListed(frame.device) === false) {
      if (this.struck.welcome(frame.space, frame.device))
        this.reply({ kind: 'welcome', space: frame.space, device: frame.device });
      else this.refuse('auth', subject, 'not-a-member');
    } else {
      this.struck.delete(frame.space);
      if (verdict === 'proven') metrics.add('auths');
      this.admitted.set(frame.space, frame.device);
      this.reply({ kind: 'welcome', space: frame.space, device: frame.device });
      if (room !== undefined) this.#tellAcl(room);
    }
  }

  #onFailedProof(subject: Uint8Array): void {
    const { metrics, clock } = this.relay.ports;
    metrics.add('auth_failures');
    this.relay.allowances.failedAuths.take(this.address, 1, clock.nowMs());
    this.refuse('auth', subject, 'auth-failed');
    if (++this.#failedProofs >= MAX_FAILED_PROOFS) this.end('auth-failed');
  }

  #tellAcl(room: Room): void {
    this.reply({ kind: 'acl-state', space: room.space, counter: room.acl.counter, entries: room.acl.sorted() });
  }

  watch(mailbox: Uint8Array, isOn: boolean): void {
    const box = bytesToHex(mailbox);
    if (isOn) {
      this.watchedBoxes.add(box);
      this.relay.watchMail(mailbox, this);
    } else {
      this.watchedBoxes.delete(box);
      this.relay.unwatchMail(box, this);
    }
  }
}
