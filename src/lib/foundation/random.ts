/** Randomness as a port, so that a simulated world replays from its seed. */
export interface Random {
  /** Fresh unpredictable bytes; in production `crypto.getRandomValues`. */
  bytes(length: number): Uint8Array;
}
