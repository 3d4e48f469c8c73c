/** What a thief of the link has: the seed, and with it the mailbox and the invitation's signing key. */
import { SystemRandom } from '../../adapters/platform/system-random.ts';
import { claimCommitmentOf, inviteKeyPairOf, inviteMailboxOf, signCard, signClaim } from '../../crypto/claims.ts';
import { newKemKeyPair } from '../../crypto/kem.ts';
import { asKey, type InviteSeed } from '../../crypto/keys.ts';
import type { Mailbox } from '../../crypto/mailbox.ts';
import { identityKeyPairFromSeed, newSigningKeyPair } from '../../crypto/sign.ts';
import { idFromBytes, type MemberId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { decodeInviteLink } from '../../protocol/invite-link.ts';
import type { HostNote, InviteLetter } from '../../protocol/invite-letter.ts';
import type { InviteClaim } from '../../protocol/membership-op.ts';
import { openLetter, sealLetter } from '../invite-mail.ts';
import type { MailRelay } from '../mail-relay.fixture.ts';

const random = new SystemRandom();

export class LinkThief {
  readonly mailbox: Mailbox;
  readonly #seed: InviteSeed;
  readonly #relay: MailRelay;

  constructor(link: string, relay: MailRelay) {
    this.#seed = asKey<InviteSeed>(unwrap(decodeInviteLink(link)).seed);
    this.mailbox = inviteMailboxOf(this.#seed);
    this.#relay = relay;
  }

  letters(): readonly InviteLetter[] {
    return this.#relay.lettersIn(this.mailbox.id).flatMap((blob) => {
      const letter = openLetter(this.mailbox, blob);
      return letter.ok ? [letter.value] : [];
    });
  }

  find<K extends InviteLetter['kind']>(kind: K): Extract<InviteLetter, { readonly kind: K }> | undefined {
    return this.letters().find((letter): letter is Extract<InviteLetter, { readonly kind: K }> => letter.kind === kind);
  }

  get note(): HostNote {
    const letter = this.find('note');
    if (letter === undefined) throw new Error('the host left a note');
    return letter.note;
  }

  post(letter: InviteLetter): void {
    this.postBytes(unwrap(sealLetter(this.mailbox, letter)));
  }

  postBytes(blob: Uint8Array): void {
    this.#relay.slip(this.mailbox.id, blob);
  }

  /** A valid claim of the thief's own, in any name; fields may be chosen. */
  claim(name: string, chosen: { readonly commitment?: Uint8Array; readonly memberId?: MemberId } = {}): InviteClaim {
    const { space, invite, role } = this.note;
    const device = newSigningKeyPair(random);
    const memberId = chosen.memberId ?? idFromBytes('MemberId', random.bytes(16));
    return signClaim(
      space,
      {
        inviteId: invite,
        memberId,
        role,
        card: signCard({ space, memberId }, name, identityKeyPairFromSeed(random.bytes(32))),
        keys: { device: device.device, kem: newKemKeyPair(random).publicKey },
        commitment: chosen.commitment ?? claimCommitmentOf(random.bytes(32)),
      },
      { invite: inviteKeyPairOf(this.#seed), device },
    );
  }
}
