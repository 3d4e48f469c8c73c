/**
 * What two devices speak over while one takes the other in [I5]: messages between exactly two ends, in order, each once
 * and whole. It need not be secret nor authentic: the pairing seals and proves everything itself. Adapters: letters in two
 * mailboxes of a relay (`mail-channel.ts`), and a direct link that a QR code alone opened.
 */
export interface PairingChannel {
  /** At most `MAX_PAIRING_MESSAGE_BYTES`. Never throws; what a closed channel is given is lost. */
  send(bytes: Uint8Array): void;
  /** Exactly one listener, set before anything is delivered; what came earlier is kept for it. */
  listen(listener: PairingListener): void;
  /** Ends both directions; the own listener hears nothing afterwards. */
  close(): void;
}

export interface PairingListener {
  onMessage(bytes: Uint8Array): void;
  /** Once, when the other end or the way between is gone for good. */
  onClose(): void;
}

/** Fits a letter of a relay's mailbox. */
export const MAX_PAIRING_MESSAGE_BYTES = 60_000;

/**
 * `root.pairOver(channel, …)` of `EngineRoot`: both ends hold the secret already, from a code that one showed the other.
 * `host`: this device is open and gives; `guest`: it is blank and becomes the person's.
 */
export type PairingSide = 'host' | 'guest';
