/** Signatures of one connection's envelopes, checked side by side and answered in the order in which they came. */
import { isClaimValid } from '../../src/lib/crypto/envelope-seal.ts';
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';

/** Gives `isClaimValid`'s verdict, now or later; in any order. */
export interface SignatureChecker {
  check(claim: SignatureClaim, then: (isValid: boolean) => void): void;
}

interface Check {
  readonly claim: SignatureClaim;
  readonly then: (isValid: boolean) => void;
  verdict: boolean | undefined;
}

export class SignatureChecks {
  readonly #checker: SignatureChecker;
  readonly #onProgress: () => void;
  readonly #checks: Check[] = [];

  /** `onProgress` follows whenever checks were answered. */
  constructor(checker: SignatureChecker, onProgress: () => void) {
    this.#checker = checker;
    this.#onProgress = onProgress;
  }

  get count(): number {
    return this.#checks.length;
  }

  add(claim: SignatureClaim, then: (isValid: boolean) => void): void {
    const check: Check = { claim, then, verdict: undefined };
    this.#checks.push(check);
    this.#checker.check(claim, (isValid) => {
      check.verdict = isValid;
      this.#answer();
    });
  }

  /** All of them, before this returns. */
  settle(): void {
    for (const check of this.#checks) check.verdict ??= isClaimValid(check.claim);
    this.#answer();
  }

  /** None of them will be answered. */
  drop(): void {
    this.#checks.length = 0;
  }

  #answer(): void {
    let isAnswered = false;
    for (let [first] = this.#checks; first?.verdict !== undefined; [first] = this.#checks) {
      this.#checks.shift();
      first.then(first.verdict);
      isAnswered = true;
    }
    if (isAnswered) this.#onProgress();
  }
}
