/** Token buckets: so much over time, so much at once. Time is given by the caller, in milliseconds. */

export interface AllowanceRate {
  /** Refilled per second. */
  readonly perSecond: number;
  readonly burst: number;
}

export class Allowance {
  readonly #rate: AllowanceRate;
  #tokens: number;
  #atMs: number;

  constructor(rate: AllowanceRate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Takes `amount` if it is there; otherwise takes nothing and answers false. */
  take(amount: number, nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** True when something is left, without taking it. */
  hasSome(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= 1;
  }

  /** Nothing was taken lately: forgetting this bucket changes no verdict. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#rate.burst;
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs / 1000) * this.#rate.perSecond);
    this.#atMs = nowMs;
  }
}

/** One allowance per name (a key, an address); full ones are forgotten, so memory follows recent activity. */
export class Allowances {
  readonly #rate: AllowanceRate;
  readonly #buckets = new Map<string, Allowance>();
  #sweepAt = 1024;

  constructor(rate: AllowanceRate) {
    this.#rate = rate;
  }

  take(name: string, amount: number, nowMs: number): boolean {
    return this.#of(name, nowMs).take(amount, nowMs);
  }

  hasSome(name: string, nowMs: number): boolean {
    return this.#buckets.get(name)?.hasSome(nowMs) ?? true;
  }

  #of(name: string, nowMs: number): Allowance {
    const held = this.#buckets.get(name);
    if (held !== undefined) return held;
    if (this.#buckets.size >= this.#sweepAt) this.#sweep(nowMs);
    const made = new Allowance(this.#rate, nowMs);
    this.#buckets.set(name, made);
    return made;
  }

  #sweep(nowMs: number): void {
    for (const [name, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(name);
    this.#sweepAt = Math.max(1024, this.#buckets.size * 2);
  }
}
