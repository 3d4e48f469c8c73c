/** The page both editors show: 500 paragraphs, 50,000 characters. */
export const LINE =
  'The tide turns before the harbour wakes, and the boats lie still on their moorings until the bell. ';
export const PARAGRAPHS = Math.ceil(50_000 / LINE.length);
/** What the peer types: one character per change, 20 changes a second. */
export const PEER_CHANGE_MS = 50;
export const PEER_CHANGES = 1_200;

/** Where the peer's nth character goes, counted in units of the first text: far from the writer. */
export function peerPlace(n: number): number {
  return 30 * (LINE.length + 1) + 10 + n;
}
