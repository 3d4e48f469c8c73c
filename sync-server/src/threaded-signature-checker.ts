/**
 * Signatures where they cost the relay least: few of them here and now, many in a thread beside it. The thread is made when
 * it is worth its memory and let go when it is not. See docs/decisions/0012-signatures-in-a-thread.md.
 */
import type { Worker } from 'node:worker_threads';
import { isClaimValid } from '../../src/lib/crypto/envelope-seal.ts';
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';
import type { Clock } from '../../src/lib/foundation/clock.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import { verifyNatively } from './native-sodium.ts';
import { isPackable, packClaims } from './packed-claims.ts';
import type { SignatureChecker } from './signature-checks.ts';

/** So many in a second keep this thread busy for a fortieth of it, and are worth another. */
const MANY = 400;
const SECOND_MS = 1_000;
/** For how long there must be few before the thread is let go. */
const QUIET_MS = 30_000;
/** So many are handed over at once, while the next are being read. */
const BATCH = 8;

interface Check {
  readonly claim: SignatureClaim;
  readonly then: (isValid: boolean) => void;
}

export interface ThreadPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Runs `signature-thread.ts`. */
  readonly startThread: () => Worker;
  /** The thread ended by itself; its checks have been made here, and the next many will get another. */
  readonly onLost: () => void;
}

export class ThreadedSignatureChecker implements SignatureChecker {
  readonly #ports: ThreadPorts;
  #thread: Worker | undefined;
  #gathering: Check[] = [];
  /** Handed over, in their order. */
  #asked: (readonly Check[])[] = [];
  #secondBeganMs = 0;
  #inSecond = 0;
  #lastManyMs = 0;

  constructor(ports: ThreadPorts) {
    this.#ports = ports;
  }

  check(claim: SignatureClaim, then: (isValid: boolean) => void): void {
    if (this.#areMany()) this.#thread ??= this.#newThread();
    if (this.#thread === undefined || !isPackable(claim)) then(isValidHere(claim));
    else this.#gather(this.#thread, { claim, then });
  }

  #areMany(): boolean {
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs - this.#secondBeganMs >= SECOND_MS) {
      this.#secondBeganMs = nowMs;
      this.#inSecond = 0;
    }
    const areMany = ++this.#inSecond >= MANY;
    if (areMany) this.#lastManyMs = nowMs;
    return areMany;
  }

  #gather(thread: Worker, check: Check): void {
    this.#gathering.push(check);
    if (this.#gathering.length === BATCH) this.#ask(thread);
    else if (this.#gathering.length === 1) setImmediate(() => this.#ask(thread));
  }

  #ask(thread: Worker): void {
    if (this.#gathering.length === 0 || thread !== this.#thread) return;
    const packed = packClaims(this.#gathering.map((each) => each.claim));
    this.#asked.push(this.#gathering);
    this.#gathering = [];
    thread.postMessage(packed, [packed.buffer]);
  }

  #newThread(): Worker {
    const thread = this.#ports.startThread();
    thread.on('message', (verdicts: Uint8Array) => {
      for (const [i, { claim, then }] of (this.#asked.shift() ?? []).entries())
        then(verdicts[i] === 1 || isClaimValid(claim));
    });
    // An error ends it: what was asked of it is answered at its exit.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      if (thread === this.#thread) this.#onLost();
    });
    thread.unref();
    this.#letGoWhenQuiet(thread);
    return thread;
  }

  #letGoWhenQuiet(thread: Worker): void {
    this.#ports.scheduler.after(QUIET_MS, () => {
      if (thread !== this.#thread) return;
      const isQuiet = this.#ports.clock.nowMs() - this.#lastManyMs >= QUIET_MS;
      if (isQuiet && this.#asked.length === 0 && this.#gathering.length === 0) {
        this.#thread = undefined;
        void thread.terminate();
      } else this.#letGoWhenQuiet(thread);
    });
  }

  #onLost(): void {
    const checks = [...this.#asked.flat(), ...this.#gathering];
    this.#thread = undefined;
    this.#asked = [];
    this.#gathering = [];
    this.#inSecond = 0;
    this.#ports.onLost();
    for (const { claim, then } of checks) then(isValidHere(claim));
  }
}

/** A "no" of the fast one is asked again of the one whose verdict counts for everybody. */
function isValidHere(claim: SignatureClaim): boolean {
  return verifyNatively?.(idToBytes(claim.author), claim.text, claim.signature) === true || isClaimValid(claim);
}
