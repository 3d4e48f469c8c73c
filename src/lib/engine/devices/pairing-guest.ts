/**
 * The receiving side of a pairing [I5]: a blank device that becomes the person's. With a code, only who showed the code can
 * give; with digits, the person says that both screens agree before anything is taken.
 */
import { equalBytes } from '../../foundation/bytes.ts';
import type { ErrorCode } from '../../foundation/error-codes.ts';
import type { Random } from '../../foundation/random.ts';
import type { Result } from '../../foundation/result.ts';
import { newKemKeyPair } from '../../crypto/kem.ts';
import type { KemKeyPair } from '../../crypto/keys.ts';
import {
  openGrant,
  pairingCommitmentOf,
  pairingDigitsOf,
  pairingProofOf,
  sealHello,
  type PairingSession,
} from '../../crypto/pairing.ts';
import {
  decodePairingMessage,
  encodePairingMessage,
  PAIRING_NONCE_BYTES,
  type GuestKey,
  type PairingMessage,
} from '../../protocol/pairing-message.ts';
import type { PairingChannel } from './pairing-channel.ts';
import type { PairingWay } from './pairing-host.ts';

export type GuestProgress =
  | { readonly step: 'asking' }
  /** The person types these on the other device, and says here that it agreed. */
  | { readonly step: 'comparing'; readonly digits: string; readonly isConfirmed: boolean }
  | { readonly step: 'keeping' }
  | { readonly step: 'done' }
  | { readonly step: 'failed'; readonly code: ErrorCode };

export interface PairingGuestPorts {
  readonly channel: PairingChannel;
  readonly way: PairingWay;
  readonly random: Random;
  /** What this device is called. */
  readonly name: string;
  /** Keeps what was given, durably, and tells the keys this device announces. */
  readonly keep: (grant: Uint8Array) => Promise<Result<Uint8Array>>;
  readonly onProgress: (progress: GuestProgress) => void;
  readonly onFault: (fault: unknown) => void;
}

type Grant = Extract<PairingMessage, { readonly step: 'grant' }>;

export class PairingGuest {
  readonly #ports: PairingGuestPorts;
  readonly #kem: KemKeyPair;
  readonly #key: GuestKey;
  #progress: GuestProgress = { step: 'asking' };
  #share: Uint8Array | undefined;
  #waiting: Grant | undefined;
  #session: PairingSession | undefined;

  constructor(ports: PairingGuestPorts) {
    const { channel, way, random, name } = ports;
    this.#ports = ports;
    this.#kem = newKemKeyPair(random);
    this.#key = { kem: this.#kem.publicKey, nonce: random.bytes(PAIRING_NONCE_BYTES), name };
    if (way.kind === 'code') this.#share = way.secret;
    channel.listen({
      onMessage: (bytes) => this.#onMessage(bytes),
      onClose: () => this.#fail('transport-closed'),
    });
    if (way.kind === 'code') this.#say({ step: 'hello', sealed: sealHello(way.secret, this.#key, random) });
    else this.#say({ step: 'commit', commitment: pairingCommitmentOf(this.#key) });
  }

  /** The person saw that the other device took the digits. */
  confirm(): void {
    if (this.#progress.step !== 'comparing' || this.#progress.isConfirmed) return;
    this.#become({ ...this.#progress, isConfirmed: true });
    if (this.#waiting !== undefined) this.#take(this.#waiting);
  }

  stop(code: ErrorCode): void {
    if (this.#isOver) return;
    this.#say({ step: 'stop' });
    this.#fail(code);
  }

  /** Nothing came from the other side yet. */
  get isUnanswered(): boolean {
    return this.#progress.step === 'asking';
  }

  get #isOver(): boolean {
    return this.#progress.step === 'done' || this.#progress.step === 'failed';
  }

  #onMessage(bytes: Uint8Array): void {
    const message = decodePairingMessage(bytes);
    if (message.ok && !this.#isOver) this.#obey(message.value);
  }

  #obey(message: PairingMessage): void {
    switch (message.step) {
      case 'nonce':
        if (this.#ports.way.kind !== 'digits' || this.#share !== undefined) return;
        this.#share = message.nonce;
        this.#say({ step: 'reveal', ...this.#key });
        return this.#become({
          step: 'comparing',
          digits: pairingDigitsOf(this.#key, message.nonce),
          isConfirmed: false,
        });
      case 'grant':
        return this.#onGrant(message);
      case 'done': {
        const opened = this.#session?.open('pair-done', message.sealed);
        if (opened?.ok === true && equalBytes(opened.value, NOTHING)) this.#become({ step: 'done' });
        return;
      }
      case 'stop':
        // Once kept, this device is the person's whatever the other says.
        return this.#progress.step === 'keeping' ? this.#become({ step: 'done' }) : this.#fail('pairing-stopped');
      case 'hello':
      case 'commit':
      case 'reveal':
      case 'kept':
        return undefined;
    }
  }

  #onGrant(grant: Grant): void {
    const { step } = this.#progress;
    if (step === 'comparing' && !this.#progress.isConfirmed) this.#waiting ??= grant;
    else if (step === 'asking' || step === 'comparing') this.#take(grant);
  }

  #take(grant: Grant): void {
    if (this.#share === undefined) return;
    const opened = openGrant(grant, pairingProofOf(this.#share, this.#key), this.#kem.secret);
    if (!opened.ok) return;
    this.#session = opened.value.session;
    this.#become({ step: 'keeping' });
    const { keep, onFault } = this.#ports;
    keep(opened.value.plain)
      .then((kept) => {
        if (!kept.ok) return this.stop(kept.error.code);
        this.#say({ step: 'kept', sealed: opened.value.session.seal('pair-kept', kept.value) });
      })
      .catch((fault: unknown) => {
        this.stop('storage-unavailable');
        onFault(fault);
      });
  }

  #say(message: PairingMessage): void {
    this.#ports.channel.send(encodePairingMessage(message));
  }

  #fail(code: ErrorCode): void {
    if (!this.#isOver) this.#become({ step: 'failed', code });
  }

  #become(progress: GuestProgress): void {
    this.#progress = progress;
    this.#ports.onProgress(progress);
  }
}

const NOTHING = new Uint8Array(0);
