/** The outcome of work on outside or hostile input: a value, or a failure that changed nothing. */
import type { ErrorCode } from './error-codes.ts';

export interface Failure {
  readonly code: ErrorCode;
  /** For developers: which check refused. Never a secret, a plaintext or a key; never sent to a peer. */
  readonly detail?: string;
}

export type Result<T, F = Failure> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: F };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function fail(code: ErrorCode, detail?: string): Result<never> {
  return { ok: false, error: detail === undefined ? { code } : { code, detail } };
}

/** An environment fault (disk, socket, quota): thrown, with the cause kept. */
export class EnvironmentError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, options?: { cause?: unknown; detail?: string }) {
    super(options?.detail === undefined ? code : `${code}: ${options.detail}`, { cause: options?.cause });
    this.name = 'EnvironmentError';
    this.code = code;
  }
}

/** For tests and for places where a failure can only be our own bug. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new EnvironmentError(result.error.code, { detail: result.error.detail ?? '' });
}
