/**
 * Mailboxes on the relay: what must be put there, what is watched, over whichever relay link is up. One mailbox may also
 * have an office of its own, a device that is reached directly. Frames may be lost, so everything is asked again until it
 * was answered; a letter that came twice is the reader's to recognise.
 */
import { bytesToHex } from '../foundation/bytes.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { Frame } from '../protocol/frames.ts';

export type SendFrame = (frame: Frame) => void;
export type MailFrame = Extract<Frame, { readonly kind: 'mail' | 'mail-ack' }>;

interface Letter {
  readonly mailbox: Uint8Array;
  readonly blob: Uint8Array;
  readonly slot: number | undefined;
  readonly onKept: () => void;
}

interface Watched {
  readonly mailbox: Uint8Array;
  readonly watcher: Watcher;
  readonly onAnswer: () => void;
}

type Watcher = (item: { readonly id: number; readonly blob: Uint8Array }) => void;

/** While a letter is not acknowledged or an office was asked, and while something is only watched. */
const RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;
const LOOK_AGAIN_MS = 30_000;

export class MailRoom {
  readonly #scheduler: Scheduler;
  /** By mailbox and slot: a newer letter for a slot replaces the older. */
  readonly #letters = new Map<string, Letter>();
  readonly #watched = new Map<string, Watched>();
  readonly #offices = new Map<string, SendFrame>();
  #send: SendFrame | undefined;
  #cancelRetry: (() => void) | undefined;
  #letterCount = 0;
  #retryMs = RETRY_MS;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get isConnected(): boolean {
    return this.#send !== undefined;
  }

  /** Someone who keeps this mailbox is reached. */
  isReached(mailbox: Uint8Array): boolean {
    return this.#send !== undefined || this.#offices.has(bytesToHex(mailbox));
  }

  /** A relay link is up; the last one counts. */
  connect(send: SendFrame): void {
    this.#send = send;
    this.#retryMs = RETRY_MS;
    this.#askAll();
  }

  disconnect(send: SendFrame): void {
    if (this.#send !== send) return;
    this.#send = undefined;
    this.#stopRetry();
  }

  /** The keeper of this one mailbox is reached directly, besides any relay. */
  connectOffice(mailbox: Uint8Array, send: SendFrame): void {
    this.#offices.set(bytesToHex(mailbox), send);
    this.#retryMs = RETRY_MS;
    this.#askAll();
  }

  disconnectOffice(mailbox: Uint8Array, send: SendFrame): void {
    if (this.#offices.get(bytesToHex(mailbox)) === send) this.#offices.delete(bytesToHex(mailbox));
    this.#stopRetry();
  }

  /** With a slot the letter replaces what lies there. Kept until a relay has it, in this session. */
  put(
    mailbox: Uint8Array,
    blob: Uint8Array,
    options: { readonly slot?: number; readonly onKept?: () => void } = {},
  ): void {
    const { slot, onKept = () => undefined } = options;
    const letter = { mailbox, blob, slot, onKept };
    this.#letters.set(slot === undefined ? `new ${this.#letterCount++}` : `${bytesToHex(mailbox)}/${slot}`, letter);
    this.#post(letter);
    this.#retryMs = RETRY_MS;
    this.#stopRetry();
  }

  /** `onAnswer` follows the letters of each answer, and an answer that there are none. */
  watch(mailbox: Uint8Array, watcher: Watcher, onAnswer: () => void = () => undefined): void {
    this.#watched.set(bytesToHex(mailbox), { mailbox, watcher, onAnswer });
    this.#tell(mailbox, { kind: 'mail-get', mailbox, isOn: true });
    this.#scheduleRetry();
  }

  unwatch(mailbox: Uint8Array): void {
    if (this.#watched.delete(bytesToHex(mailbox))) this.#tell(mailbox, { kind: 'mail-get', mailbox, isOn: false });
  }

  /** Asks at once for everything that is watched. */
  askAgain(): void {
    this.#askAll();
  }

  drop(mailbox: Uint8Array, item: number): void {
    this.#send?.({ kind: 'mail-drop', mailbox, item });
  }

  onFrame(frame: MailFrame): void {
    if (frame.kind === 'mail') {
      const watched = this.#watched.get(bytesToHex(frame.mailbox));
      for (const item of frame.items) watched?.watcher({ id: item.id, blob: item.blob });
      watched?.onAnswer();
    }
    if (frame.kind === 'mail-ack') {
      // The relay answers in order, so the oldest letter to this mailbox is the one it kept.
      for (const [key, letter] of this.#letters) {
        if (bytesToHex(letter.mailbox) !== bytesToHex(frame.mailbox)) continue;
        this.#letters.delete(key);
        letter.onKept();
        break;
      }
    }
  }

  clear(): void {
    for (const { mailbox } of this.#watched.values()) this.#tell(mailbox, { kind: 'mail-get', mailbox, isOn: false });
    this.#watched.clear();
    this.#letters.clear();
    this.#offices.clear();
    this.#stopRetry();
  }

  #tell(mailbox: Uint8Array, frame: Frame): void {
    this.#send?.(frame);
    this.#offices.get(bytesToHex(mailbox))?.(frame);
  }

  #post({ mailbox, blob, slot }: Letter): void {
    this.#tell(mailbox, { kind: 'mail-put', mailbox, blob, ...(slot === undefined ? {} : { slot }) });
  }

  #askAll(): void {
    for (const letter of this.#letters.values()) this.#post(letter);
    for (const { mailbox } of this.#watched.values()) this.#tell(mailbox, { kind: 'mail-get', mailbox, isOn: true });
    this.#scheduleRetry();
  }

  #stopRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    const hasWork = this.#letters.size > 0 || this.#watched.size > 0;
    const isReached = this.#send !== undefined || this.#offices.size > 0;
    if (!hasWork || !isReached || this.#cancelRetry !== undefined) return;
    const isAwaited = this.#letters.size > 0 || this.#offices.size > 0;
    this.#cancelRetry = this.#scheduler.after(isAwaited ? this.#retryMs : LOOK_AGAIN_MS, () => {
      this.#cancelRetry = undefined;
      // A full box or a spent allowance is not mended by haste.
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
      this.#askAll();
    });
  }
}
