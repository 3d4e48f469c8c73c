/** Turns what IndexedDB throws into the two faults the program knows; our own errors pass through unchanged. */
import { Dexie } from 'dexie';
import { EnvironmentError } from '../../foundation/result.ts';

export async function withStorageFaults<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isQuota(error, 0)) throw new EnvironmentError('storage-full', { cause: error });
    if (error instanceof Dexie.DexieError || error instanceof DOMException) {
      throw new EnvironmentError('storage-unavailable', { cause: error, detail: error.name });
    }
    throw error;
  }
}

/** Dexie wraps the browser's error, once or twice, in `inner` or in a bulk error's `failures`. */
function isQuota(error: unknown, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth > 3) return false;
  if ('name' in error && error.name === 'QuotaExceededError') return true;
  if ('inner' in error && isQuota(error.inner, depth + 1)) return true;
  return (
    'failures' in error &&
    Array.isArray(error.failures) &&
    error.failures.some((failure) => isQuota(failure, depth + 1))
  );
}
