/**
 * The giving side of a pairing [I5]: an open device that takes a new one in. It gives once, to the first that proves to
 * hold the code, or after the person typed the six digits that the new device shows. What is malformed or sealed for
 * someone else is as if it never came.
 */
import { equalBytes } from '../../foundation/bytes.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { ErrorCode } from '../../foundation/error-codes.ts';
import type { PairingSecret } from '../../crypto/keys.ts';
import {
  openHello,
  pairingCommitmentOf,
  pairingDigitsOf,
  pairingProofOf,
  sealGrant,
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

export type PairingWay = { readonly kind: 'code'; readonly secret: PairingSecret } | { readonly kind: 'digits' };

export type HostProgress =
  | { readonly step: 'waiting' }
  /** The person types here what the new device shows. */
  | { readonly step: 'digits'; readonly attemptsLeft: number }
  | { readonly step: 'giving'; readonly name: string }
  | { readonly step: 'done'; readonly name: string }
  | { readonly step: 'failed'; readonly code: ErrorCode };

export interface PairingHostPorts {
  readonly channel: PairingChannel;
  readonly way: PairingWay;
  readonly random: Random;
  /** What the new device gets; asked for once. */
  readonly makeGrant: () => Result<Uint8Array>;
  /** The new device has kept it, and names the keys it will have. */
  readonly onKept: (announced: Uint8Array, name: string) => Promise<void>;
  readonly onProgress: (progress: HostProgress) => void;
  readonly onFault: (fault: unknown) => void;
}

const MAX_ATTEMPTS = 3;

export class PairingHost {
  readonly #ports: PairingHostPorts;
  readonly #nonce: Uint8Array;
  #progress: HostProgress = { step: 'waiting' };
  #commitment: Uint8Array | undefined;
  #guest: GuestKey | undefined;
  #session: PairingSession | undefined;
  #isKept = false;

  constructor(ports: PairingHostPorts) {
    this.#ports = ports;
    this.#nonce = ports.random.bytes(PAIRING_NONCE_BYTES);
    ports.channel.listen({
      onMessage: (bytes) => this.#onMessage(bytes),
      onClose: () => this.#fail('transport-closed'),
    });
  }

  /** Three wrong ones end the pairing: a fourth guess would no longer be a slip. */
  typeDigits(typed: string): Result<void> {
    const progress = this.#progress;
    if (progress.step !== 'digits' || this.#guest === undefined) return fail('pairing-digits', 'not asked for');
    if (typed.replace(/\D/gu, '') === pairingDigitsOf(this.#guest, this.#nonce)) {
      this.#give(this.#guest, this.#nonce);
      return ok(undefined);
    }
    if (progress.attemptsLeft > 1) this.#become({ step: 'digits', attemptsLeft: progress.attemptsLeft - 1 });
    else this.stop('pairing-digits');
    return fail('pairing-digits');
  }

  stop(code: ErrorCode): void {
    if (this.#isOver) return;
    this.#say({ step: 'stop' });
    this.#fail(code);
  }

  get #isOver(): boolean {
    return this.#progress.step === 'done' || this.#progress.step === 'failed';
  }

  #onMessage(bytes: Uint8Array): void {
    const message = decodePairingMessage(bytes);
    if (message.ok && !this.#isOver) this.#obey(message.value);
  }

  #obey(message: PairingMessage): void {
    const { way } = this.#ports;
    switch (message.step) {
      case 'hello':
        if (way.kind !== 'code' || this.#progress.step !== 'waiting') return;
        return this.#onHello(openHello(way.secret, message.sealed), way.secret);
      case 'commit':
        if (way.kind !== 'digits' || this.#commitment !== undefined) return;
        this.#commitment = message.commitment;
        return this.#say({ step: 'nonce', nonce: this.#nonce });
      case 'reveal':
        if (this.#commitment === undefined || this.#progress.step !== 'waiting') return;
        if (!equalBytes(pairingCommitmentOf(message), this.#commitment)) return this.stop('pairing-digits');
        this.#guest = message;
        return this.#become({ step: 'digits', attemptsLeft: MAX_ATTEMPTS });
      case 'kept':
        return this.#onKept(message.sealed);
      case 'stop':
        return this.#fail('pairing-stopped');
      case 'nonce':
      case 'grant':
      case 'done':
        return undefined;
    }
  }

  #onHello(guest: Result<GuestKey>, secret: PairingSecret): void {
    if (guest.ok) this.#give(guest.value, secret);
  }

  #give(guest: GuestKey, share: Uint8Array): void {
    const plain = this.#ports.makeGrant();
    const { random } = this.#ports;
    const boxed = plain.ok ? sealGrant(guest, pairingProofOf(share, guest), { plain: plain.value, random }) : plain;
    if (!boxed.ok) return this.stop(boxed.error.code);
    this.#guest = guest;
    this.#session = boxed.value.session;
    this.#become({ step: 'giving', name: guest.name });
    this.#say({ step: 'grant', sealed: boxed.value.sealed, encapsulation: boxed.value.encapsulation });
  }

  #onKept(sealed: Uint8Array): void {
    const announced = this.#session?.open('pair-kept', sealed);
    const name = this.#guest?.name ?? '';
    if (announced?.ok !== true || this.#isKept) return;
    this.#isKept = true;
    const { onKept, onFault } = this.#ports;
    onKept(announced.value, name)
      .then(() => {
        this.#say({ step: 'done', sealed: this.#session?.seal('pair-done', new Uint8Array(0)) ?? new Uint8Array(0) });
        this.#become({ step: 'done', name });
      })
      .catch((fault: unknown) => {
        this.#fail('worker-died');
        onFault(fault);
      });
  }

  #say(message: PairingMessage): void {
    this.#ports.channel.send(encodePairingMessage(message));
  }

  #fail(code: ErrorCode): void {
    if (!this.#isOver) this.#become({ step: 'failed', code });
  }

  #become(progress: HostProgress): void {
    this.#progress = progress;
    this.#ports.onProgress(progress);
  }
}
