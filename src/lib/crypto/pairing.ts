/**
 * The keys of one pairing of two devices [I5]. What is given is boxed for a key the new device made for this once, so a
 * recording and the code together open nothing later; that the key is the right one follows from the code's secret, or
 * from six digits that neither side could choose after seeing the other's share.
 */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import type { Random } from '../foundation/random.ts';
import { ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import { CONTEXTS, type KdfLabel } from '../protocol/contexts.ts';
import { NONCE_BYTES } from '../protocol/envelope.ts';
import { decodeGuestKey, encodeGuestKey, type GuestKey } from '../protocol/pairing-message.ts';
import { aeadOpen, aeadSeal, ONE_USE_NONCE } from './aead.ts';
import { hash, kdf } from './kdf.ts';
import { decapsulate, encapsulateFor } from './kem.ts';
import type { KemSecret, MailboxId, MailboxKey, PairingSecret } from './keys.ts';
import type { Mailbox } from './mailbox.ts';

/** One for what the host receives, one for what the guest does. */
export function pairingMailboxesOf(secret: PairingSecret): { readonly host: Mailbox; readonly guest: Mailbox } {
  const boxOf = (side: number): Mailbox => ({
    id: kdf(secret, 'pair-mbx-id', Uint8Array.of(side)) as MailboxId,
    key: kdf(secret, 'pair-mbx-key', Uint8Array.of(side)) as MailboxKey,
  });
  return { host: boxOf(0), guest: boxOf(1) };
}

/** Where two devices meet that share nothing but six typed digits: no secret at all, and nothing rests on it. */
export function meetingSecretOf(digits: string): PairingSecret {
  return hash(CONTEXTS.pairingDigits, utf8(`meet ${digits}`)) as PairingSecret;
}

export function sealHello(secret: PairingSecret, guest: GuestKey, random: Random): Uint8Array {
  const nonce = random.bytes(NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(encodeGuestKey(guest), { key: kdf(secret, 'pair-hello'), nonce, aad: AAD }));
}

/** Only who has read the code can say this. */
export function openHello(secret: PairingSecret, sealed: Uint8Array): Result<GuestKey> {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const opened = aeadOpen(sealed.subarray(NONCE_BYTES), { key: kdf(secret, 'pair-hello'), nonce, aad: AAD });
  return opened.ok ? decodeGuestKey(opened.value) : opened;
}

export function pairingCommitmentOf(guest: GuestKey): Uint8Array {
  return hash(CONTEXTS.pairingCommitment, encodeGuestKey(guest));
}

/** Six digits that both screens show: equal by chance in one of a million, whatever stands between the devices. */
export function pairingDigitsOf(guest: GuestKey, hostNonce: Uint8Array): string {
  const digest = hash(CONTEXTS.pairingDigits, hostNonce, pairingCommitmentOf(guest));
  const value = digest.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 1_000_000).padStart(6, '0');
}

/** What the box is bound to: the code's secret, or the share of the host that the digits covered; and the guest's key. */
export function pairingProofOf(share: Uint8Array, guest: GuestKey): Uint8Array {
  return kdf(share, 'pair-proof', pairingCommitmentOf(guest));
}

export interface PairingBox {
  readonly encapsulation: Uint8Array;
  readonly sealed: Uint8Array;
  readonly session: PairingSession;
}

/** Fails with `bad-box` for a key that is none. */
export function sealGrant(
  guest: GuestKey,
  proof: Uint8Array,
  given: { plain: Uint8Array; random: Random },
): Result<PairingBox> {
  const encapsulated = encapsulateFor(guest.kem, given.random);
  if (!encapsulated.ok) return encapsulated;
  const { ciphertext, shared } = encapsulated.value;
  const session = new PairingSession(kdf(shared, 'pair-proof', proof));
  return ok({ encapsulation: ciphertext, sealed: session.seal('pair-grant', given.plain), session });
}

/** Opens only what was boxed by someone who holds the proof. */
export function openGrant(
  box: Pick<PairingBox, 'encapsulation' | 'sealed'>,
  proof: Uint8Array,
  secret: KemSecret,
): Result<{ readonly plain: Uint8Array; readonly session: PairingSession }> {
  const shared = decapsulate(box.encapsulation, secret);
  if (!shared.ok) return shared;
  const session = new PairingSession(kdf(shared.value, 'pair-proof', proof));
  const plain = session.open('pair-grant', box.sealed);
  return plain.ok ? ok({ plain: plain.value, session }) : plain;
}

type SessionUse = Extract<KdfLabel, 'pair-grant' | 'pair-kept' | 'pair-done'>;

/** One key for each of the three messages, each sealed once. */
export class PairingSession {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(use: SessionUse, plain: Uint8Array): Uint8Array {
    return aeadSeal(plain, { key: kdf(this.#key, use), nonce: ONE_USE_NONCE, aad: AAD });
  }

  open(use: SessionUse, sealed: Uint8Array): Result<Uint8Array> {
    return aeadOpen(sealed, { key: kdf(this.#key, use), nonce: ONE_USE_NONCE, aad: AAD });
  }
}

const AAD = utf8(CONTEXTS.pairing);
