/** Seals and opens the encrypted backup file: one random file key, wrapped for a passphrase and for the recovery seed. */
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import {
  backupBodyAad,
  backupSlotAad,
  decodeBackupContent,
  decodeBackupFile,
  encodeBackupContent,
  encodeBackupFile,
  encodeBackupHeader,
  type BackupContent,
  type BackupFile,
  type BackupSlots,
} from '../protocol/backup-file.ts';
import { NONCE_BYTES } from '../protocol/envelope.ts';
import { aeadOpen, aeadSeal } from './aead.ts';
import { kdf } from './kdf.ts';
import type { RecoverySeed } from './keys.ts';
import { PASSPHRASE_SALT_BYTES, passphraseKey, type PassphraseParameters } from './passphrase.ts';
import { recoverySeedOf } from './recovery-words.ts';

export type BackupOpening =
  { readonly kind: 'passphrase'; readonly passphrase: string } | { readonly kind: 'seed'; readonly seed: RecoverySeed };

const KEY_BYTES = 32;

export function sealBackup(
  content: BackupContent,
  { passphrase, cost, random }: { passphrase: string; cost: PassphraseParameters; random: Random },
): Result<Uint8Array> {
  if (passphrase === '') return fail('weak-parameters', 'empty passphrase');
  const slots: BackupSlots = {
    salt: random.bytes(PASSPHRASE_SALT_BYTES),
    ...cost,
    passNonce: random.bytes(NONCE_BYTES),
    seedNonce: random.bytes(NONCE_BYTES),
    bodyNonce: random.bytes(NONCE_BYTES),
  };
  const stretched = passphraseKey(passphrase, slots.salt, cost);
  if (!stretched.ok) return stretched;
  const key = random.bytes(KEY_BYTES);
  const aad = backupSlotAad(slots);
  const passKey = kdf(stretched.value, 'backup-pass');
  const seedKey = kdf(recoverySeedOf(content.entropy), 'backup-seed', slots.salt);
  const headerBytes = encodeBackupHeader({
    ...slots,
    passWrap: aeadSeal(key, { key: passKey, nonce: slots.passNonce, aad }),
    seedWrap: aeadSeal(key, { key: seedKey, nonce: slots.seedNonce, aad }),
  });
  const plain = encodeBackupContent(content);
  const sealed = aeadSeal(plain, { key, nonce: slots.bodyNonce, aad: backupBodyAad(headerBytes) });
  for (const secret of [key, plain, passKey, seedKey]) secret.fill(0);
  return ok(encodeBackupFile({ headerBytes, sealed }));
}

/**
 * `wrong-passphrase` (or `wrong-words`) also where the header was edited and its checksum mended: nobody can tell these
 * apart without the key. Parameters below the floor are refused before any work.
 */
export function openBackup(bytes: Uint8Array, opening: BackupOpening): Result<BackupContent> {
  const file = decodeBackupFile(bytes);
  if (!file.ok) return file;
  const key = openKey(file.value, opening);
  if (!key.ok) return key;
  const { headerBytes, header, sealed } = file.value;
  const plain = aeadOpen(sealed, { key: key.value, nonce: header.bodyNonce, aad: backupBodyAad(headerBytes) });
  return plain.ok ? decodeBackupContent(plain.value) : plain;
}

function openKey({ header }: BackupFile, opening: BackupOpening): Result<Uint8Array> {
  const aad = backupSlotAad(header);
  if (opening.kind === 'seed') {
    const key = kdf(opening.seed, 'backup-seed', header.salt);
    const opened = aeadOpen(header.seedWrap, { key, nonce: header.seedNonce, aad });
    return opened.ok ? opened : fail('wrong-words', 'backup of other words');
  }
  const stretched = passphraseKey(opening.passphrase, header.salt, header);
  if (!stretched.ok) return stretched;
  const key = kdf(stretched.value, 'backup-pass');
  const opened = aeadOpen(header.passWrap, { key, nonce: header.passNonce, aad });
  return opened.ok ? opened : fail('wrong-passphrase');
}
