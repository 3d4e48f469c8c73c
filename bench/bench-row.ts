/** One line of the table that `npm run bench` prints: figures as text with their units. */
export interface BenchRow {
  readonly figure: string;
  readonly median: string;
  readonly p95: string;
  /** What the figure is compared with in the same run; "–" where there is no peer. */
  readonly peer: string;
  readonly ratio: string;
  readonly budget: string;
  readonly isWithin: boolean;
}
