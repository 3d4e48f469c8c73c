/**
 * Blank, locked or open: the one state of the engine, and every way from one to the other. Opening and closing call
 * the hooks, so that no key outlives the lock [V2]. The auto-lock counts from the last `touch`.
 */
import type { Clock } from '../foundation/clock.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { EngineEvents } from './engine-events.ts';
import type { Protection, SessionState } from './engine.ts';
import { UnlockAttempts } from './ways-back/unlock-attempts.ts';
import type { LocalStore } from './local-store.ts';
import type { Secrets } from './vault-secrets.ts';
import type { PasskeyPlace } from './vault-record.ts';
import type { Opening, Vault } from './vault.ts';
import type { PasskeyOutput } from './ways-back/passkey-slot.ts';
import { Turns, type OnFault } from './turns.ts';

export interface SessionPorts {
  readonly vault: Vault;
  readonly localStore: LocalStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly events: EngineEvents;
  /** Loads what the secrets give access to; the session counts as open afterwards. */
  readonly onOpen: () => Promise<void>;
  /** Drops everything derived from secrets, at once. */
  readonly onClose: () => void;
  readonly onFault: OnFault;
}

const MINUTE_MS = 60_000;
const MAX_NAME_LENGTH = 60;
const MAX_AUTO_LOCK_MINUTES = 24 * 60;

export class Session {
  readonly #ports: SessionPorts;
  readonly #attempts: UnlockAttempts;
  readonly #turns = new Turns();
  #isReady = false;
  #cancelAutoLock: (() => void) | undefined;
  #touchedMs = 0;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#attempts = new UnlockAttempts(ports.localStore, ports.clock);
  }

  get isOpen(): boolean {
    return this.#isReady && this.#ports.vault.isOpen;
  }

  /** Opens by itself where the device has no lock. */
  start(): Promise<void> {
    return this.#turns.run(async () => {
      const status = await this.#ports.vault.status();
      if (status.kind === 'present' && status.protection === 'device') await this.#open({ kind: 'device' });
    });
  }

  /** Waits for a change of state that is under way. */
  async state(): Promise<SessionState> {
    await this.#turns.settled();
    const { vault } = this.#ports;
    if (this.isOpen) {
      const { name, areWordsConfirmed, autoLockMinutes, relayUrl } = vault.secrets;
      return {
        kind: 'open',
        name,
        protection: vault.protection,
        wordsConfirmed: areWordsConfirmed,
        autoLockMinutes,
        relayUrl,
      };
    }
    const status = await vault.status();
    if (status.kind !== 'present') return { kind: status.kind };
    return { kind: 'locked', retryAfterMs: await this.#attempts.retryAfterMs() };
  }

  /** Makes the vault and opens the session. */
  create(secrets: Secrets, protection: Protection): Promise<Result<void>> {
    return this.#changing(async () => {
      if (protection.kind === 'passphrase' && protection.passphrase === '')
        return fail('weak-parameters', 'empty passphrase');
      const created = await this.#ports.vault.create(secrets, protection);
      if (!created.ok) return created;
      await this.#becomeOpen();
      return ok(undefined);
    });
  }

  unlock(passphrase: string): Promise<Result<void>> {
    return this.#changing(async () => {
      if (this.isOpen) return ok(undefined);
      const status = await this.#ports.vault.status();
      if (status.kind !== 'present') return fail('blank-device');
      if ((await this.#attempts.retryAfterMs()) > 0) return fail('too-many-attempts');
      const opened = await this.#open(
        status.protection === 'device' ? { kind: 'device' } : { kind: 'passphrase', passphrase },
      );
      if (opened.ok) await this.#attempts.recordSuccess();
      else if (opened.error.code === 'wrong-passphrase') await this.#attempts.recordFailure();
      return opened;
    });
  }

  /** Unlocks with what an authenticator answered; nothing is guessed here, so nothing is counted. */
  unlockWithPasskey(passkey: PasskeyOutput): Promise<Result<void>> {
    return this.#changing(async () => {
      if (this.isOpen) return ok(undefined);
      const opened = await this.#open({ kind: 'passkey', ...passkey });
      if (opened.ok) await this.#attempts.recordSuccess();
      return opened;
    });
  }

  /** Whoever finds an open device must not leave with a key to it: the passphrase is asked again. */
  async addPasskey(passkey: {
    readonly passphrase: string;
    readonly place: PasskeyPlace;
    readonly salt: Uint8Array;
    readonly output: Uint8Array;
  }): Promise<Result<void>> {
    if (!this.isOpen) return fail('locked');
    if (this.#ports.vault.protection === 'device') return fail('passkey-needs-passphrase');
    const confirmed = await this.confirm(passkey.passphrase);
    return confirmed.ok ? this.#changing(() => this.#ports.vault.addPasskey(passkey)) : confirmed;
  }

  removePasskey(credentialId: Uint8Array): Promise<Result<void>> {
    return this.#changing(async () => {
      if (!this.isOpen) return fail('locked');
      await this.#ports.vault.removePasskey(credentialId);
      return ok(undefined);
    });
  }

  /** Blank again; only ever for an identity that owns nothing yet. */
  erase(): Promise<Result<void>> {
    return this.#changing(async () => {
      this.#close();
      await this.#ports.vault.erase();
      return ok(undefined);
    });
  }

  /** At once: what is still running finds the vault closed. */
  async lock(): Promise<void> {
    if (!this.#ports.vault.isOpen) return;
    this.#close();
    await this.tell();
  }

  /** With a passphrase on this vault, whether `passphrase` is it; wrong ones count as attempts. */
  async confirm(passphrase: string | undefined): Promise<Result<void>> {
    if (!this.isOpen) return fail('locked');
    if (this.#ports.vault.protection === 'device') return ok(undefined);
    if ((await this.#attempts.retryAfterMs()) > 0) return fail('too-many-attempts');
    if (passphrase !== undefined && (await this.#ports.vault.isRightPassphrase(passphrase))) {
      await this.#attempts.recordSuccess();
      return ok(undefined);
    }
    await this.#attempts.recordFailure();
    return fail('wrong-passphrase');
  }

  protect(protection: Protection): Promise<Result<void>> {
    return this.#changing(async () => {
      if (!this.isOpen) return fail('locked');
      if (protection.kind === 'passphrase' && protection.passphrase === '')
        return fail('weak-parameters', 'empty passphrase');
      const outcome = await this.#ports.vault.protect(protection);
      this.touch();
      return outcome;
    });
  }

  /** Changes settings and secrets; the session event follows once they are durable. */
  async update(change: (secrets: Secrets) => Secrets): Promise<Result<void>> {
    if (!this.isOpen) return fail('locked');
    await this.#ports.vault.update(change);
    this.touch();
    await this.tell();
    return ok(undefined);
  }

  setName(name: string): Promise<Result<void>> {
    const trimmed = name.trim().normalize('NFC').slice(0, MAX_NAME_LENGTH);
    return this.update((secrets) => ({ ...secrets, name: trimmed }));
  }

  setAutoLock(minutes: number): Promise<Result<void>> {
    const autoLockMinutes = Math.min(Math.max(0, Math.round(minutes)), MAX_AUTO_LOCK_MINUTES);
    return this.update((secrets) => ({ ...secrets, autoLockMinutes }));
  }

  /** Restarts the auto-lock delay. */
  touch(): void {
    this.#touchedMs = this.#ports.clock.nowMs();
    this.#cancelAutoLock?.();
    this.#cancelAutoLock = undefined;
    if (!this.#ports.vault.isOpen || this.#ports.vault.protection === 'device') return;
    const minutes = this.#ports.vault.secrets.autoLockMinutes;
    if (minutes > 0) this.#cancelAutoLock = this.#ports.scheduler.after(minutes * MINUTE_MS, () => this.#lockUnasked());
  }

  /** Timers stand still while a computer sleeps: the first touch after it comes too late. */
  lockIfOverdue(): void {
    if (!this.isOpen || this.#cancelAutoLock === undefined) return;
    const delayMs = this.#ports.vault.secrets.autoLockMinutes * MINUTE_MS;
    if (this.#ports.clock.nowMs() - this.#touchedMs >= delayMs) this.#lockUnasked();
  }

  #lockUnasked(): void {
    this.lock().catch(this.#ports.onFault);
  }

  close(): void {
    if (this.#ports.vault.isOpen) this.#close();
  }

  async #changing<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const outcome = await this.#turns.run(work);
    await this.tell();
    return outcome;
  }

  /** The session event, with the state as it is. */
  async tell(): Promise<void> {
    this.#ports.events.emit({ kind: 'session', session: await this.state() });
  }

  async #open(protection: Opening): Promise<Result<void>> {
    const opened = await this.#ports.vault.unlock(protection);
    if (opened.ok) await this.#becomeOpen();
    return opened;
  }

  async #becomeOpen(): Promise<void> {
    try {
      await this.#ports.onOpen();
    } catch (fault) {
      this.#close();
      throw fault;
    }
    // Locked meanwhile: what was loaded since must go as well.
    if (!this.#ports.vault.isOpen) {
      this.#close();
      return;
    }
    this.#isReady = true;
    this.touch();
  }

  #close(): void {
    this.#isReady = false;
    this.#cancelAutoLock?.();
    this.#cancelAutoLock = undefined;
    this.#ports.onClose();
    this.#ports.vault.lock();
  }
}
