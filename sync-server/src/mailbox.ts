/**
 * Mailboxes: sealed letters under an unguessable 32-byte id; who knows the id may put, read and drop. Bounded in size,
 * number and time. A letter in a slot replaces the one before and stays longer: recovery lists live there.
 */
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import type { WireErrorCode } from '../../src/lib/protocol/frame-codes.ts';
import { MAX_MAIL_ITEMS } from '../../src/lib/protocol/relay-frames.ts';
import type { EnvelopeStore, MailWrite, StoreWrite } from './envelope-store.ts';
import type { Limits } from './limits.ts';

const DAY_MS = 86_400_000;

export interface Letter {
  readonly mailbox: Uint8Array;
  readonly blob: Uint8Array;
  readonly slot?: number;
}

export type PutVerdict =
  | { readonly kind: 'put'; readonly write: MailWrite }
  /** The very letter lies there already, put once more because its answer was lost. */
  | { readonly kind: 'known'; readonly number: number }
  | { readonly kind: 'refused'; readonly code: WireErrorCode };

export class Mailboxes {
  readonly #store: EnvelopeStore;
  readonly #limits: Limits;
  /** Letters that wait for the next commit, by box. */
  readonly #pending = new Map<string, MailWrite[]>();
  #lastNumber: number;

  constructor(store: EnvelopeStore, limits: Limits) {
    this.#store = store;
    this.#limits = limits;
    this.#lastNumber = store.lastMailNumber();
  }

  judge({ mailbox, blob, slot }: Letter, nowMs: number): PutVerdict {
    const box = bytesToHex(mailbox);
    if (blob.length > this.#limits.mailBytes) return { kind: 'refused', code: 'oversized' };
    const held = this.#store.readMail(box, this.#limits.mailPerBox + 1);
    const waiting = this.#pending.get(box) ?? [];
    const there = [...held, ...waiting.filter(({ number }) => !held.some((each) => each.number === number))];
    const same = there.find((each) => each.slot === slot && Buffer.compare(each.bytes, blob) === 0);
    if (same !== undefined) return { kind: 'known', number: same.number };
    const replaces = slot !== undefined && there.some((each) => each.slot === slot);
    if (there.length >= this.#limits.mailPerBox && !replaces) return { kind: 'refused', code: 'quota-exceeded' };
    const days = slot === undefined ? this.#limits.mailDays : this.#limits.mailSlotDays;
    const write: MailWrite = {
      kind: 'mail-put',
      box,
      number: ++this.#lastNumber,
      slot,
      bytes: blob.slice(),
      expiresAtMs: nowMs + days * DAY_MS,
    };
    this.#pending.set(box, [...(this.#pending.get(box) ?? []), write]);
    return { kind: 'put', write };
  }

  /** What lies in the box, in frames of bounded size. */
  read(mailbox: Uint8Array): readonly { readonly id: number; readonly blob: Uint8Array }[][] {
    const items = this.#store
      .readMail(bytesToHex(mailbox), this.#limits.mailPerBox)
      .map(({ number, bytes }) => ({ id: number, blob: bytes }));
    const frames: (typeof items)[] = [];
    for (let i = 0; i < items.length; i += MAX_MAIL_ITEMS) frames.push(items.slice(i, i + MAX_MAIL_ITEMS));
    return frames.length === 0 ? [[]] : frames;
  }

  drop(mailbox: Uint8Array, number: number): StoreWrite {
    return { kind: 'mail-drop', box: bytesToHex(mailbox), number };
  }

  /** A batch was committed: what came after it still waits. */
  settle(): void {
    if (this.#pending.size === 0) return;
    const committed = this.#store.lastMailNumber();
    for (const [box, letters] of this.#pending) {
      const waiting = letters.filter((each) => each.number > committed);
      if (waiting.length === 0) this.#pending.delete(box);
      else this.#pending.set(box, waiting);
    }
  }

  /** A batch failed, and with it all that waited. */
  forgetPending(): void {
    this.#pending.clear();
  }
}
