/** Words that stand nowhere else in the world, to be searched for wherever nothing readable may be. */
import { randomInt } from 'node:crypto';

const LETTERS = 'bcdfghjklmnpqrstvwxz';

export class Canaries {
  readonly #words: string[] = [];

  get all(): readonly string[] {
    return this.#words;
  }

  /** Fourteen letters at random: no text, no key and no code holds them by chance. */
  next(): string {
    const word = Array.from({ length: 14 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    this.#words.push(word);
    return word;
  }

  take(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.next());
  }

  /** Those that a text holds, without regard to capitals. */
  foundIn(text: string): readonly string[] {
    const folded = text.toLowerCase();
    return this.#words.filter((word) => folded.includes(word));
  }

  /** Those that a dump, read as Latin-1, holds in any usual encoding of text. */
  leakedIn(dump: string): readonly string[] {
    const folded = dump.toLowerCase();
    return this.#words.filter((word) => encodings(word).some((coded) => folded.includes(coded)));
  }
}

/** UTF-8 is the word itself; UTF-16 in either order has a zero byte between two letters; Base64 at each of its phases. */
function encodings(word: string): readonly string[] {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from(`${'\0'.repeat(shift)}${word}`, 'latin1')
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4)
      .toLowerCase(),
  );
  return [word, word.replace(/(?<=.)(?=.)/g, '\0'), Buffer.from(word).toString('hex'), ...base64];
}
