/**
 * Judges the Wycheproof files with this project's own functions. Runs in Node and in Chromium: verdicts on odd
 * signatures are consensus here, so client and relay must give the same ones.
 */
import { concatBytes, hexToBytes } from '../../src/lib/foundation/bytes.ts';
import { aeadOpen, aeadSeal } from '../../src/lib/crypto/aead.ts';
import { isContextedSignature } from '../../src/lib/crypto/sign.ts';
import { sodium } from '../../src/lib/crypto/sodium.ts';

export const WYCHEPROOF_FILES = ['ed25519', 'x25519', 'xchacha20_poly1305'] as const;
export type WycheproofName = (typeof WYCHEPROOF_FILES)[number];

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly [field: string]: unknown;
}

export interface WycheproofFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly { readonly publicKey?: { readonly pk: string }; readonly tests: readonly Case[] }[];
}

export interface Judgement {
  readonly count: number;
  /** Cases where our verdict is not the expected one; must be empty. */
  readonly disagreements: readonly string[];
}

export function judge(name: WycheproofName, file: WycheproofFile): Judgement {
  const disagreements: string[] = [];
  let count = 0;
  for (const group of file.testGroups) {
    for (const each of group.tests) {
      count++;
      const isAccepted = VERDICTS[name](each, group.publicKey?.pk ?? '');
      if (isAccepted !== isExpected(each))
        disagreements.push(`${name} ${String(each.tcId)}: ${each.comment} (${each.flags.join(', ')})`);
    }
  }
  return { count, disagreements };
}

/** "Acceptable" is X25519 with odd public keys: fine, unless the shared secret is zero. */
function isExpected(each: Case): boolean {
  if (each.result !== 'acceptable') return each.result === 'valid';
  return !/^0*$/.test(hexOf(each, 'shared'));
}

const VERDICTS: Readonly<Record<WycheproofName, (each: Case, publicKey: string) => boolean>> = {
  ed25519: (each, publicKey) => isContextedSignature(hexToBytes(publicKey), bytesOf(each, 'msg'), bytesOf(each, 'sig')),
  x25519: (each) => {
    try {
      return (
        sodium.to_hex(sodium.crypto_scalarmult(bytesOf(each, 'private'), bytesOf(each, 'public'))) ===
        hexOf(each, 'shared')
      );
    } catch {
      return false;
    }
  },
  xchacha20_poly1305: (each) => {
    const input = { key: bytesOf(each, 'key'), nonce: bytesOf(each, 'iv'), aad: bytesOf(each, 'aad') };
    const sealed = concatBytes(bytesOf(each, 'ct'), bytesOf(each, 'tag'));
    const opened = aeadOpen(sealed, input);
    if (!opened.ok) return false;
    return (
      sodium.to_hex(opened.value) === hexOf(each, 'msg') &&
      sodium.to_hex(aeadSeal(opened.value, input)) === sodium.to_hex(sealed)
    );
  },
};

function hexOf(each: Case, field: string): string {
  const value = each[field];
  return typeof value === 'string' ? value : '';
}

function bytesOf(each: Case, field: string): Uint8Array {
  return hexToBytes(hexOf(each, field));
}
