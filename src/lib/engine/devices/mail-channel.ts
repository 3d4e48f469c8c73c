/**
 * A pairing channel made of letters in two mailboxes of a relay. Letters may come twice and out of order; each carries
 * its number, is read once in its turn, and then dropped.
 */
import { ByteReader, ByteWriter } from '../../foundation/bytes.ts';
import type { Random } from '../../foundation/random.ts';
import type { PairingSecret } from '../../crypto/keys.ts';
import { openMail, sealMail, type Mailbox } from '../../crypto/mailbox.ts';
import { pairingMailboxesOf } from '../../crypto/pairing.ts';
import type { MailRoom } from '../mail-room.ts';
import type { PairingChannel, PairingListener, PairingSide } from './pairing-channel.ts';

/** A pairing has eight messages. */
const MAX_LETTERS = 16;

export class MailChannel implements PairingChannel {
  readonly #mail: MailRoom;
  readonly #random: Random;
  readonly #inbox: Mailbox;
  readonly #outbox: Mailbox;
  readonly #early = new Map<number, Uint8Array>();
  #listener: PairingListener | undefined;
  #sent = 0;
  #delivered = 0;

  constructor(mail: MailRoom, { secret, side, random }: { secret: PairingSecret; side: PairingSide; random: Random }) {
    const { host, guest } = pairingMailboxesOf(secret);
    this.#mail = mail;
    this.#random = random;
    [this.#inbox, this.#outbox] = side === 'host' ? [host, guest] : [guest, host];
  }

  send(bytes: Uint8Array): void {
    const numbered = new ByteWriter().u32(this.#sent++).bytes(bytes).finish();
    const sealed = sealMail(this.#outbox, numbered, this.#random);
    if (sealed.ok) this.#mail.put(this.#outbox.id, sealed.value);
  }

  listen(listener: PairingListener): void {
    this.#listener = listener;
    this.#mail.watch(this.#inbox.id, ({ id, blob }) => this.#onLetter(id, blob));
  }

  close(): void {
    this.#listener = undefined;
    this.#mail.unwatch(this.#inbox.id);
  }

  #onLetter(item: number, blob: Uint8Array): void {
    const opened = openMail(this.#inbox, blob);
    const reader = opened.ok ? new ByteReader(opened.value) : undefined;
    const number = reader?.u32() ?? MAX_LETTERS;
    this.#mail.drop(this.#inbox.id, item);
    if (reader === undefined || reader.failed || number >= MAX_LETTERS || number < this.#delivered) return;
    this.#early.set(number, reader.bytes(reader.remaining).slice());
    for (let next = this.#early.get(this.#delivered); next !== undefined; next = this.#early.get(this.#delivered)) {
      this.#early.delete(this.#delivered++);
      this.#listener?.onMessage(next);
    }
  }
}
