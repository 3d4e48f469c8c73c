/**
 * What this browser shows, not what the person owns: theme and language, kept in localStorage beside no content.
 * Messages read the language through a rune, so a switch re-renders words without a reload.
 */
import { getLocale, overwriteGetLocale, setLocale } from '$lib/paraglide/runtime';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const THEME_KEY = 'archipel.theme';

export class Preferences {
  #theme = $state<Theme>('system');
  #language = $state<Language>('fr');

  constructor() {
    const stored = readStored(THEME_KEY);
    this.#theme = THEMES.find((theme) => theme === stored) ?? 'system';
    this.#language = getLocale();
    overwriteGetLocale(() => this.#language);
    this.#show();
  }

  get theme(): Theme {
    return this.#theme;
  }
  get language(): Language {
    return this.#language;
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    writeStored(THEME_KEY, theme);
    this.#show();
  }

  setLanguage(language: Language): void {
    void setLocale(language, { reload: false });
    this.#language = language;
    this.#show();
  }

  #show(): void {
    const root = document.documentElement;
    root.lang = this.#language;
    if (this.#theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = this.#theme;
  }
}

/** localStorage throws where the person forbade it; the choice then lasts as long as the tab. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
  }
}
