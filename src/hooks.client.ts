/** Tells a screen whose code could not be fetched from every other failure: `+error.svelte` has its own words for that. */
import type { HandleClientError } from '@sveltejs/kit';

const unfetched = new WeakSet();
addEventListener('vite:preloadError', (event) => unfetched.add(event.payload));

export const handleError: HandleClientError = ({ error, status, message }) => {
  const isCodeMissing = error instanceof Error && unfetched.has(error);
  // An address that leads nowhere, and code that never came, are no faults of the app.
  if (!isCodeMissing && status !== 404) reportError(error);
  return { message, isCodeMissing };
};
