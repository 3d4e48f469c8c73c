/** The address a person meant: `example.org` is the web, `ada@example.org` is mail. Undefined when it cannot be followed. */
import { safeHref } from './editor-schema.ts';

export function hrefFromInput(typed: string): string | undefined {
  const text = typed.trim();
  if (text === '' || /\s/.test(text)) return undefined;
  const safe = safeHref(text);
  if (safe !== undefined) return safe;
  if (/^[^@:/]+@[^@:/]+\.[^@:/]+$/.test(text)) return safeHref(`mailto:${text}`);
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^:/]+\.[^:/]+:\d+/.test(text)
    ? undefined
    : safeHref(`https://${text}`);
}
