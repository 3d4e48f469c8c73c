import type { Language } from '$lib/state/preferences.svelte.ts';

/** Each language in its own words: never translated. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { fr: 'Français', en: 'English' };
