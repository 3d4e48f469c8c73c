import type { Result } from '$lib/foundation/result.ts';
import type { Toasts } from '$lib/state/toasts.svelte.ts';
import { settle } from '$lib/state/document-view.svelte.ts';
import { errorSentence } from './error-sentences.ts';

/** Waits for a deed and says in plain words when it was refused; the result goes on to the caller. */
export async function attempt<T>(toasts: Toasts, call: Promise<Result<T>>): Promise<Result<T>> {
  const result = await settle(call);
  if (!result.ok) toasts.problem(errorSentence(result.error.code));
  return result;
}
