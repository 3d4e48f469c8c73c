/** All that is not deterministic about an engine, and where it keeps things. */
import type { PassphraseParameters } from '../crypto/passphrase.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Random } from '../foundation/random.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { LogStore } from '../log/log-store.ts';
import type { KeyVault } from './key-vault.ts';
import type { LocalStore } from './local-store.ts';

export interface EnginePorts {
  readonly store: LogStore;
  readonly keyVault: KeyVault;
  readonly localStore: LocalStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  /** Asked for each new passphrase; the compiled floor guards what it says [V1]. */
  readonly passphraseCost: () => PassphraseParameters;
  /** Where the app is served; invitation links begin with it. */
  readonly origin: string;
  /** The relay that a new identity begins with; none when absent. */
  readonly relayUrl?: string;
  /** [C2] How long the first write waits for whoever may hold more of this device's own chain; see `OwnHeads`. */
  readonly headWaitMs?: number;
  /** Told of faults in work that nobody waits for: a full disk, a bug. By default they surface as uncaught errors. */
  readonly onFault?: (fault: unknown) => void;
}
