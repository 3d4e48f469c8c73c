/**
 * Mailboxes: a relay keeps sealed, padded blobs under a 32-byte id that only holders of a seed can name. Bound to the
 * mailbox, so a relay cannot move a blob from one to another.
 */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { AEAD_TAG_BYTES, NONCE_BYTES } from '../protocol/envelope.ts';
import { pad, unpad } from '../protocol/padding.ts';
import { MAX_MAIL_BYTES } from '../protocol/relay-frames.ts';
import { aeadOpen, aeadSeal } from './aead.ts';
import type { MailboxId, MailboxKey } from './keys.ts';

/** A claim and a list of a few spaces look alike from outside. */
const MIN_PADDED_BYTES = 4096;

export interface Mailbox {
  readonly id: MailboxId;
  readonly key: MailboxKey;
}

/** nonce ‖ AEAD(pad(plain)). Fails only with `oversized`. */
export function sealMail({ id, key }: Mailbox, plain: Uint8Array, random: Random): Result<Uint8Array> {
  const padded = pad(plain, MIN_PADDED_BYTES);
  if (NONCE_BYTES + padded.length + AEAD_TAG_BYTES > MAX_MAIL_BYTES) return fail('oversized', 'mail');
  const nonce = random.bytes(NONCE_BYTES);
  return ok(concatBytes(nonce, aeadSeal(padded, { key, nonce, aad: aadOf(id) })));
}

export function openMail({ id, key }: Mailbox, blob: Uint8Array): Result<Uint8Array> {
  if (blob.length > MAX_MAIL_BYTES) return fail('oversized', 'mail');
  const nonce = blob.subarray(0, NONCE_BYTES);
  const opened = aeadOpen(blob.subarray(NONCE_BYTES), { key, nonce, aad: aadOf(id) });
  return opened.ok ? unpad(opened.value, MIN_PADDED_BYTES) : opened;
}

function aadOf(id: MailboxId): Uint8Array {
  return concatBytes(utf8(CONTEXTS.mailbox), id);
}
