/** What the main thread holds: two clients that cross worker borders, and the installed shell. No key, no wasm. */
import type { Documents } from '../documents/documents.ts';
import type { Engine } from '../engine/engine.ts';
import type { PasskeyPlace } from '../engine/vault-record.ts';
import type { PasskeyOutput } from '../engine/ways-back/passkey-slot.ts';
import type { PasskeyView } from '../engine/ways-back/ways-back-calls.ts';
import type { NearbyChoices, NearbyCode, NearbyPurpose } from '../engine/nearby/nearby-calls.ts';
import type { Result } from '../foundation/result.ts';

/** A passkey just made: its place in the vault and what its authenticator answered. Whoever takes `output` zeroes it. */
export interface MadePasskey {
  readonly place: PasskeyPlace;
  readonly salt: Uint8Array;
  readonly output: Uint8Array;
}

export interface Passkeys {
  isSupported(): boolean;
  /** Undefined when the person or the device declined, or the authenticator cannot derive bytes. */
  make(label: string): Promise<MadePasskey | undefined>;
  ask(passkeys: readonly PasskeyView[]): Promise<PasskeyOutput | undefined>;
}

export interface Shell {
  /** True once a newer version of the app is installed and waits for the person's word. */
  isUpdateWaiting(): boolean;
  /** Saves what is pending, activates the waiting version and reloads every tab. */
  applyUpdate(): Promise<void>;
  /** True when the browser offered to install the app and the person has not answered. */
  canInstall(): boolean;
  install(): Promise<void>;
  /** Whether the browser promised to keep this site's storage. */
  isStorageKept(): Promise<boolean>;
  /** [V4] Asks the browser to keep this site's storage, unless it promised already; says whether it does. */
  keepStorage(): Promise<boolean>;
  subscribe(listener: () => void): () => void;
  readonly passkeys: Passkeys;
}

/** The channel of a meeting stands, was lost, or never came to be. */
export type NearbyState = 'open' | 'closed' | 'unreachable';

/** [P3] Meeting another device by a code each way, with no server. */
export interface Nearby {
  /** False in a browser that reaches no other device directly. */
  readonly isPossible: boolean;
  offer(purpose: NearbyPurpose): Promise<Result<NearbyCode>>;
  answer(code: string, choices: NearbyChoices): Promise<Result<NearbyCode>>;
  accept(meeting: string, answer: string): Promise<Result<void>>;
  /** Nobody waits any longer; a channel that stands is left alone. */
  end(meeting: string): void;
  subscribe(listener: (meeting: string, state: NearbyState) => void): () => void;
}

export interface AppClients {
  readonly engine: Engine;
  readonly documents: Documents;
  readonly shell: Shell;
  readonly nearby: Nearby;
}
