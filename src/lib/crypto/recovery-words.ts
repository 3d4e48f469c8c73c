/**
 * Recovery words (BIP39, French or English): entropy on paper. What people type is forgiven for accents, case,
 * spaces and numbering; the checksum is not. The seed follows from the entropy, so both languages lead to the same.
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist as english } from '@scure/bip39/wordlists/english.js';
import { wordlist as french } from '@scure/bip39/wordlists/french.js';
import { fail, ok } from '../foundation/result.ts';
import type { Result } from '../foundation/result.ts';
import type { Random } from '../foundation/random.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { hash } from './kdf.ts';
import type { RecoverySeed } from './keys.ts';

export type WordLanguage = 'fr' | 'en';
export type WordCount = 12 | 24;

export interface RecoveryWords {
  readonly language: WordLanguage;
  /** As the list spells them. */
  readonly words: readonly string[];
  /** 16 bytes for 12 words, 32 for 24. */
  readonly entropy: Uint8Array;
}

const LISTS: Readonly<Record<WordLanguage, readonly string[]>> = { fr: french, en: english };
const LANGUAGES: readonly WordLanguage[] = ['fr', 'en'];
const BYTES_OF_COUNT: Readonly<Record<WordCount, number>> = { 12: 16, 24: 32 };

export function newRecoveryWords(language: WordLanguage, random: Random, count: WordCount = 12): RecoveryWords {
  return wordsOfEntropy(random.bytes(BYTES_OF_COUNT[count]), language);
}

export function wordsOfEntropy(entropy: Uint8Array, language: WordLanguage): RecoveryWords {
  const words = entropyToMnemonic(entropy, [...LISTS[language]])
    .normalize('NFC')
    .split(/\s+/u);
  return { language, words, entropy };
}

/** What a person typed. `wrong-words` when a word is in no list, the count is odd, or the checksum fails. */
export function parseRecoveryWords(typed: string): Result<RecoveryWords> {
  const plain = plainWords(typed);
  if (plain.length !== 12 && plain.length !== 24) return fail('wrong-words', 'count');
  for (const language of LANGUAGES) {
    const known = spellings(language);
    const words = plain.map((word) => known.get(word));
    if (!words.every((word) => word !== undefined)) continue;
    const entropy = entropyOf(words, language);
    if (entropy !== undefined) return ok({ language, words, entropy });
  }
  return fail('wrong-words', 'unknown word or checksum');
}

/** Words of either list that a half-typed word may become: for completion while typing. */
export function wordsStartingWith(typed: string, language: WordLanguage): readonly string[] {
  const [start] = plainWords(typed);
  if (start === undefined) return [];
  return [...spellings(language)].filter(([plain]) => plain.startsWith(start)).map(([, word]) => word);
}

/** BLAKE2b-256("lf/v1/words" ‖ entropy). The entropy is 128 random bits or more, so no stretching is needed. */
export function recoverySeedOf(entropy: Uint8Array): RecoverySeed {
  return hash(CONTEXTS.recoverySeed, entropy) as RecoverySeed;
}

function plainWords(typed: string): readonly string[] {
  return typed
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .split(/[^a-z]+/u)
    .filter((word) => word !== '');
}

/** From the spelling without accents to the list's own; no two words of a list share one. */
function spellings(language: WordLanguage): ReadonlyMap<string, string> {
  return new Map(LISTS[language].map((word) => [plainWords(word).join(''), word.normalize('NFC')]));
}

function entropyOf(words: readonly string[], language: WordLanguage): Uint8Array | undefined {
  try {
    return mnemonicToEntropy(words.join(' '), [...LISTS[language]]);
  } catch {
    return undefined;
  }
}
