/** The person's own devices for the rest of the program: taking a new one in. */
import type { Result } from '../../foundation/result.ts';
import type { Protection } from '../engine.ts';
import type { DeviceLinking, PairingState } from './device-linking.ts';

export type { PairingState } from './device-linking.ts';

export interface DevicesEngineCalls {
  pairing(): Promise<PairingState>;
  /** On an open device: shows a code, or six digits, for ten minutes and one new device. Progress comes as events. */
  offerPairing(kind: 'code' | 'digits'): Promise<Result<void>>;
  /** On the open device: the six digits that the new device shows. */
  typePairingDigits(digits: string): Promise<Result<void>>;
  /** On a blank device: what was scanned, pasted or typed. Progress comes as events; at its end the session is open. */
  acceptPairing(
    given: string,
    choices: { readonly protection: Protection; readonly deviceName: string; readonly relayUrl: string },
  ): Promise<Result<void>>;
  /** On the new device: the other one took the digits that stand here. */
  confirmPairing(): Promise<void>;
  /** Ends what is under way, on either side, and forgets how it went. */
  stopPairing(): Promise<void>;
}

export type DevicesEvent = { readonly kind: 'pairing'; readonly pairing: PairingState };

export class DevicesCalls implements DevicesEngineCalls {
  readonly #linking: DeviceLinking;

  constructor(linking: DeviceLinking) {
    this.#linking = linking;
  }

  pairing(): Promise<PairingState> {
    return Promise.resolve(this.#linking.state);
  }

  offerPairing(kind: 'code' | 'digits'): Promise<Result<void>> {
    return this.#linking.offer(kind);
  }

  typePairingDigits(digits: string): Promise<Result<void>> {
    return Promise.resolve(this.#linking.typeDigits(digits));
  }

  acceptPairing(
    given: string,
    choices: { readonly protection: Protection; readonly deviceName: string; readonly relayUrl: string },
  ): Promise<Result<void>> {
    return this.#linking.accept(given, choices);
  }

  confirmPairing(): Promise<void> {
    this.#linking.confirm();
    return Promise.resolve();
  }

  stopPairing(): Promise<void> {
    this.#linking.stop();
    return Promise.resolve();
  }
}
