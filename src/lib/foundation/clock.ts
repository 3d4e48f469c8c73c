/** Wall time for display and limits only; [C5] no clock decides anything that replicas must agree on. */
export interface Clock {
  /** Whole milliseconds since 1970, as this device believes: they go into records, where every number is an integer. */
  nowMs(): number;
}
