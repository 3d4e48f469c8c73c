/** Two letters and one of six tints stand for a person until there are pictures. */
const TINTS = 6;

export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  const initials = letters.map((word) => firstCharacter(word ?? '')).join('');
  return initials === '' ? '?' : initials.toLocaleUpperCase();
}

/** As a person counts: an accent or a joined emoji belongs to its letter. */
function firstCharacter(word: string): string {
  for (const { segment } of new Intl.Segmenter().segment(word)) return segment;
  return '';
}

/** The same tint for the same id everywhere. */
export function tintOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % TINTS;
}
