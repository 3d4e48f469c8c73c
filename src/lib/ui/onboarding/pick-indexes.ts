/** `count` distinct indexes below `length`, in rising order: those of the smallest of the given random numbers. */
export function pickIndexes(length: number, count: number, randoms: Uint32Array): number[] {
  return Array.from({ length }, (_, index) => index)
    .sort((a, b) => (randoms[a] ?? 0) - (randoms[b] ?? 0) || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}
