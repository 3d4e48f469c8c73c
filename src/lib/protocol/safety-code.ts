/**
 * [I6] A safety number as text for a QR code or the clipboard: "ARCHIPEL-SAFETY:1:" and sixty digits. It holds no secret
 * and no key. Bare digits are read too, with the white space of whoever typed them.
 */
import { fail, ok, type Result } from '../foundation/result.ts';

export const SAFETY_DIGITS = 60;
const PREFIX = 'ARCHIPEL-SAFETY:1:';
const MAX_TEXT_LENGTH = 400;

/** `groups` as shown to people, sixty digits in all. */
export function formatSafetyCode(groups: readonly string[]): string {
  return PREFIX + groups.join('');
}

/** The sixty digits. */
export function parseSafetyCode(text: string): Result<string> {
  if (text.length > MAX_TEXT_LENGTH) return fail('not-a-safety-number', 'too long');
  const compact = text.replace(/\s+/gu, '');
  const digits = compact.startsWith(PREFIX) ? compact.slice(PREFIX.length) : compact;
  return /^[0-9]{60}$/u.test(digits) ? ok(digits) : fail('not-a-safety-number');
}
