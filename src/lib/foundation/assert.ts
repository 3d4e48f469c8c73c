/** A broken assertion is our own bug; it stops the work at once instead of storing a wrong thing. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new AssertionError(claim);
}

export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
