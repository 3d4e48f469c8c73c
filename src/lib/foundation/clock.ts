/** Wall time for display and limits only; [C5] no clock decides anything that replicas must agree on. */
export interface Clock {
  /** Milliseconds since 1970, as this device believes. */
  nowMs(): number;
}
