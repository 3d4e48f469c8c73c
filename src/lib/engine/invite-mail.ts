/** Letters of an invitation's mailbox (protocol/invite-letter.ts), sealed under the link's seed. */
import type { Result } from '../foundation/result.ts';
import { kdf } from '../crypto/kdf.ts';
import { inviteMailboxOf } from '../crypto/claims.ts';
import { asKey, type InviteSeed } from '../crypto/keys.ts';
import { openMail, sealMail, type Mailbox } from '../crypto/mailbox.ts';
import { decodeInviteLink } from '../protocol/invite-link.ts';
import { decodeInviteLetter, encodeInviteLetter, type InviteLetter } from '../protocol/invite-letter.ts';

/** Where the host's note lies: a newer one replaces it. */
export const NOTE_SLOT = 0;

/** The same letter makes the same bytes: a relay recognises it, however often it is posted. */
export function sealLetter(mailbox: Mailbox, letter: InviteLetter): Result<Uint8Array> {
  const plain = encodeInviteLetter(letter);
  const nonceOf = { bytes: (length: number) => kdf(mailbox.key, 'invite-letter', plain).subarray(0, length) };
  return sealMail(mailbox, plain, nonceOf);
}

export function openLetter(mailbox: Mailbox, blob: Uint8Array): Result<InviteLetter> {
  const opened = openMail(mailbox, blob);
  return opened.ok ? decodeInviteLetter(opened.value) : opened;
}

/** Undefined where the link cannot be read. */
export function mailboxOfLink(text: string): Mailbox | undefined {
  const link = decodeInviteLink(text);
  return link.ok ? inviteMailboxOf(asKey<InviteSeed>(link.value.seed)) : undefined;
}
