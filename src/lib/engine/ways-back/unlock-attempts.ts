/**
 * Wrong passphrases slow the next try down: after five of them 2 s, then twice as long each time, up to five minutes,
 * across restarts too. It hinders a person at the keyboard; a stolen disk is Argon2id's and the pepper's affair [V1].
 */
import type { Clock } from '../../foundation/clock.ts';
import { ByteReader, ByteWriter } from '../../foundation/bytes.ts';
import type { LocalStore } from '../local-store.ts';

const FREE_ATTEMPTS = 5;
const FIRST_DELAY_MS = 2_000;
const MAX_DELAY_MS = 300_000;
const TABLE = 'engine-attempts';
const ROW = 'unlock';

export class UnlockAttempts {
  readonly #store: LocalStore;
  readonly #clock: Clock;
  #failures = 0;
  #lastMs = 0;
  #isLoaded = false;

  constructor(store: LocalStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** How long the next attempt must wait; 0 when it may come now. */
  async retryAfterMs(): Promise<number> {
    await this.#load();
    if (this.#failures < FREE_ATTEMPTS) return 0;
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - FREE_ATTEMPTS));
    const passed = this.#clock.nowMs() - this.#lastMs;
    // A clock that was set back must not lock the owner out for longer than the delay itself.
    return passed < 0 ? delay : Math.max(0, delay - passed);
  }

  async recordFailure(): Promise<void> {
    await this.#load();
    this.#failures++;
    this.#lastMs = this.#clock.nowMs();
    const row = new ByteWriter(12).u32(this.#failures).u64(Math.max(0, this.#lastMs)).finish();
    await this.#store.put(TABLE, ROW, row);
  }

  async recordSuccess(): Promise<void> {
    this.#failures = 0;
    await this.#store.delete(TABLE, ROW);
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const row = await this.#store.find(TABLE, ROW);
    if (row === undefined) return;
    const reader = new ByteReader(row);
    const [failures, lastMs] = [reader.u32(), reader.u64()];
    if (!reader.isComplete) return;
    this.#failures = Math.max(this.#failures, failures);
    this.#lastMs = Math.max(this.#lastMs, lastMs);
  }
}
