/**
 * The vault at rest, version 1 (docs/spec/vault.md): slots that wrap one vault key, and the body sealed under it. All
 * that an attacker could edit stands in some AAD: the slot's own fields in the slot's, v ‖ vaultId ‖ generation in the body's.
 */
import { concatBytes, utf8 } from '../foundation/bytes.ts';
import { fail, type Result } from '../foundation/result.ts';
import { CborRecord } from '../protocol/cbor-record.ts';
import { cborMap, encodeCbor, type CborField } from '../protocol/cbor.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import { NONCE_BYTES } from '../protocol/envelope.ts';

export const VAULT_VERSION = 1;
export const VAULT_ID_BYTES = 16;
export const SALT_BYTES = 16;
const MAX_WRAP_BYTES = 256;
const MAX_BODY_BYTES = 64 * 2 ** 20;
export const MAX_SLOTS = 8;
const MAX_RP_ID_BYTES = 253;
export const MAX_CREDENTIAL_BYTES = 1023;
export const MAX_LABEL_BYTES = 200;

export const SLOT_TYPES = ['pass', 'device', 'prf'] as const;
export type SlotType = (typeof SLOT_TYPES)[number];

/** Which passkey opens a slot of type `prf`. */
export interface PasskeyPlace {
  readonly rpId: string;
  readonly credentialId: Uint8Array;
  /** As the person named it. */
  readonly label: string;
}

export interface VaultSlot {
  readonly type: SlotType;
  /** Argon2id's, zero where there is no passphrase. */
  readonly memoryBytes: number;
  readonly passes: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly passkey?: PasskeyPlace;
  /** The vault key under the slot's key. */
  readonly wrap: Uint8Array;
}

export interface VaultFile {
  readonly vaultId: Uint8Array;
  /** Grows with every save, so that a slot or body of another save does not fit. */
  readonly generation: number;
  readonly slots: readonly VaultSlot[];
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
}

/** What a slot's wrap is bound to: the vault, its version and every other field of the slot. */
export function slotAad(vaultId: Uint8Array, slot: Omit<VaultSlot, 'wrap'>): Uint8Array {
  return concatBytes(
    utf8(CONTEXTS.vaultSlot),
    encodeCbor(cborMap([0, VAULT_VERSION], [1, vaultId], ...slotFields(slot))),
  );
}

export function bodyAad({
  vaultId,
  generation,
}: {
  readonly vaultId: Uint8Array;
  readonly generation: number;
}): Uint8Array {
  return concatBytes(utf8(CONTEXTS.vaultBody), encodeCbor(cborMap([0, VAULT_VERSION], [1, vaultId], [2, generation])));
}

export function encodeVaultFile(file: VaultFile): Uint8Array {
  return encodeCbor(
    cborMap(
      [0, VAULT_VERSION],
      [1, file.vaultId],
      [2, file.generation],
      [3, file.slots.map((slot) => cborMap(...slotFields(slot), [7, slot.wrap]))],
      [4, file.nonce],
      [5, file.body],
    ),
  );
}

export function decodeVaultFile(bytes: Uint8Array): Result<VaultFile> {
  const seen = { version: VAULT_VERSION };
  const decoded = CborRecord.decode(bytes, 'vault', (record): VaultFile => {
    seen.version = record.uint(0);
    if (seen.version !== VAULT_VERSION) record.refuse('version');
    return {
      vaultId: record.bytes(1, VAULT_ID_BYTES),
      generation: record.uint(2),
      slots: record.records(3, MAX_SLOTS).map(readSlot),
      nonce: record.bytes(4, NONCE_BYTES),
      body: record.bytesUpTo(5, MAX_BODY_BYTES),
    };
  });
  return seen.version !== VAULT_VERSION ? fail('unknown-version', 'vault') : decoded;
}

function slotFields(slot: Omit<VaultSlot, 'wrap'>): CborField[] {
  return [
    [2, SLOT_TYPES.indexOf(slot.type)],
    [3, slot.memoryBytes],
    [4, slot.passes],
    [5, slot.salt],
    [6, slot.nonce],
    ...passkeyFields(slot.passkey),
  ];
}

function passkeyFields(passkey: PasskeyPlace | undefined): CborField[] {
  if (passkey === undefined) return [];
  return [
    [8, passkey.rpId],
    [9, passkey.credentialId],
    [10, passkey.label],
  ];
}

function readSlot(record: CborRecord): VaultSlot {
  const type = record.choice(2, SLOT_TYPES);
  const slot = {
    type,
    memoryBytes: record.uint(3, 2 ** 32 - 1),
    passes: record.uint(4, 2 ** 32 - 1),
    salt: record.bytes(5, SALT_BYTES),
    nonce: record.bytes(6, NONCE_BYTES),
    ...(type === 'prf' ? { passkey: readPasskey(record) } : {}),
    wrap: record.bytesUpTo(7, MAX_WRAP_BYTES),
  };
  record.end();
  return slot;
}

function readPasskey(record: CborRecord): PasskeyPlace {
  return {
    rpId: record.text(8, MAX_RP_ID_BYTES),
    credentialId: record.bytesUpTo(9, MAX_CREDENTIAL_BYTES),
    label: record.text(10, MAX_LABEL_BYTES),
  };
}
