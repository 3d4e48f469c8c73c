/**
 * The secrets of this device, sealed at rest and in memory only while open [V1][V2] (docs/spec/vault.md). A change is
 * durable before anyone sees it. Locking drops the vault key and the secrets; what was derived from them is dropped by
 * whoever derived it.
 */
import { equalBytes, utf8 } from '../foundation/bytes.ts';
import type { Random } from '../foundation/random.ts';
import { EnvironmentError, fail, ok, type Result } from '../foundation/result.ts';
import { aeadOpen, aeadSeal } from '../crypto/aead.ts';
import { kdf } from '../crypto/kdf.ts';
import { asKey, type VaultKey } from '../crypto/keys.ts';
import { passphraseKey, type PassphraseParameters } from '../crypto/passphrase.ts';
import { NONCE_BYTES } from '../protocol/envelope.ts';
import type { Protection } from './engine.ts';
import type { KeyVault } from './key-vault.ts';
import { Turns } from './turns.ts';
import {
  bodyAad,
  decodeVaultFile,
  encodeVaultFile,
  MAX_SLOTS,
  SALT_BYTES,
  slotAad,
  VAULT_ID_BYTES,
  type PasskeyPlace,
  type SlotType,
  type VaultFile,
  type VaultSlot,
} from './vault-record.ts';
import { makePasskeySlot, openPasskeySlot, type PasskeyOutput } from './ways-back/passkey-slot.ts';
import { decodeSecrets, encodeSecrets, type Secrets } from './vault-secrets.ts';

const VAULT_KEY_BYTES = 32;

/** What opens a vault: its protection, or a passkey that was added to a passphrase. */
export type Opening = Protection | ({ readonly kind: 'passkey' } & PasskeyOutput);

export interface VaultPorts {
  readonly keyVault: KeyVault;
  readonly random: Random;
  /** Of a new passphrase slot; what is below the compiled floor is refused [V1]. */
  readonly cost: () => PassphraseParameters;
}

export type VaultStatus =
  { readonly kind: 'blank' | 'wiped' } | { readonly kind: 'present'; readonly protection: Protection['kind'] };

interface OpenVault {
  readonly key: VaultKey;
  readonly vaultId: Uint8Array;
  readonly generation: number;
  readonly slots: readonly VaultSlot[];
  readonly secrets: Secrets;
}

export class Vault {
  readonly #ports: VaultPorts;
  readonly #turns = new Turns();
  #open: OpenVault | undefined;
  /** A save that was under way while the vault was locked must not open it again. */
  #lockCount = 0;

  constructor(ports: VaultPorts) {
    this.#ports = ports;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** What was still running when the vault was locked fails with `locked`; so for everything below. */
  get secrets(): Secrets {
    return this.#opened().secrets;
  }

  get protection(): Protection['kind'] {
    return this.#opened().slots.some((slot) => slot.type === 'device') ? 'device' : 'passphrase';
  }

  async status(): Promise<VaultStatus> {
    const record = await this.#ports.keyVault.load();
    if (record.kind !== 'present') return record;
    const file = decodeVaultFile(record.bytes);
    const hasDeviceSlot = file.ok && file.value.slots.some((slot) => slot.type === 'device');
    return { kind: 'present', protection: hasDeviceSlot ? 'device' : 'passphrase' };
  }

  /** Makes a vault where there is none and leaves it open. */
  create(secrets: Secrets, protection: Protection): Promise<Result<void>> {
    return this.#turns.run(async () => {
      if ((await this.#ports.keyVault.load()).kind === 'present') return fail('already-set-up');
      const vaultId = this.#ports.random.bytes(VAULT_ID_BYTES);
      const key = asKey<VaultKey>(this.#ports.random.bytes(VAULT_KEY_BYTES));
      const slot = await this.#makeSlot(vaultId, key, protection);
      if (!slot.ok) return slot;
      await this.#persist({ key, vaultId, generation: 0, slots: [slot.value], secrets });
      return ok(undefined);
    });
  }

  /** `wrong-passphrase` also where the file was edited: nobody can tell the two apart without the key. */
  unlock(protection: Opening): Promise<Result<void>> {
    return this.#turns.run(async () => {
      const record = await this.#ports.keyVault.load();
      if (record.kind !== 'present') return fail('blank-device');
      const file = decodeVaultFile(record.bytes);
      if (!file.ok) return file;
      const key = await this.#openSlots(file.value, protection);
      if (!key.ok) return key;
      const body = aeadOpen(file.value.body, { key: key.value, nonce: file.value.nonce, aad: bodyAad(file.value) });
      if (!body.ok) return body;
      const secrets = decodeSecrets(body.value);
      if (!secrets.ok) return secrets;
      const { vaultId, generation, slots } = file.value;
      this.#open = { key: key.value, vaultId, generation, slots, secrets: secrets.value };
      return ok(undefined);
    });
  }

  /** Whether a passphrase opens this vault, without changing anything. */
  async isRightPassphrase(passphrase: string): Promise<boolean> {
    const record = await this.#ports.keyVault.load();
    const file = record.kind === 'present' ? decodeVaultFile(record.bytes) : undefined;
    return file?.ok === true && (await this.#openSlots(file.value, { kind: 'passphrase', passphrase })).ok;
  }

  lock(): void {
    this.#lockCount++;
    this.#open?.key.fill(0);
    this.#open = undefined;
  }

  /** Durable when it resolves; nobody sees the new secrets before. */
  update(change: (secrets: Secrets) => Secrets): Promise<void> {
    return this.#turns.run(async () => {
      const open = this.#opened();
      await this.#persist({ ...open, secrets: change(open.secrets) });
    });
  }

  /** Replaces the slot by one for the new protection, under the next generation. Passkeys stay beside a passphrase only. */
  protect(protection: Protection): Promise<Result<void>> {
    return this.#turns.run(async () => {
      const open = this.#opened();
      const slot = await this.#makeSlot(open.vaultId, open.key, protection);
      if (!slot.ok) return slot;
      const passkeys = protection.kind === 'passphrase' ? open.slots.filter(isPasskey) : [];
      await this.#persist({ ...open, slots: [slot.value, ...passkeys] });
      return ok(undefined);
    });
  }

  /** The passkeys that open this vault, locked or not, each with the salt that its authenticator is asked with. */
  async passkeys(): Promise<readonly (PasskeyPlace & { readonly salt: Uint8Array })[]> {
    const record = await this.#ports.keyVault.load();
    const file = record.kind === 'present' ? decodeVaultFile(record.bytes) : undefined;
    if (file?.ok !== true) return [];
    return file.value.slots.flatMap(({ passkey, salt }) => (passkey === undefined ? [] : [{ ...passkey, salt }]));
  }

  /** Adds a slot beside the passphrase's; the same credential again replaces its slot. */
  addPasskey(passkey: { place: PasskeyPlace; salt: Uint8Array; output: Uint8Array }): Promise<Result<void>> {
    return this.#turns.run(async () => {
      const open = this.#opened();
      if (!open.slots.some(({ type }) => type === 'pass')) return fail('passkey-needs-passphrase');
      const others = open.slots.filter((slot) => !isOf(slot, passkey.place.credentialId));
      if (others.length >= MAX_SLOTS) return fail('oversized', 'passkeys');
      await this.#persist({ ...open, slots: [...others, makePasskeySlot(open, passkey, this.#ports.random)] });
      return ok(undefined);
    });
  }

  removePasskey(credentialId: Uint8Array): Promise<void> {
    return this.#turns.run(async () => {
      const open = this.#opened();
      await this.#persist({ ...open, slots: open.slots.filter((slot) => !isOf(slot, credentialId)) });
    });
  }

  /** As if nothing had been here. */
  erase(): Promise<void> {
    return this.#turns.run(async () => {
      this.lock();
      await this.#ports.keyVault.erase();
    });
  }

  /** The key of one table of local rows [V3]. */
  localKey(table: string): Uint8Array {
    return kdf(this.#opened().key, 'db', utf8(table));
  }

  #opened(): OpenVault {
    if (this.#open === undefined) throw new EnvironmentError('locked');
    return this.#open;
  }

  async #persist(open: OpenVault): Promise<void> {
    const lockCount = this.#lockCount;
    const generation = open.generation + 1;
    const nonce = this.#ports.random.bytes(NONCE_BYTES);
    const { key, vaultId, slots } = open;
    const body = aeadSeal(encodeSecrets(open.secrets), { key, nonce, aad: bodyAad({ vaultId, generation }) });
    await this.#ports.keyVault.save(encodeVaultFile({ vaultId, generation, slots, nonce, body }));
    if (lockCount === this.#lockCount) this.#open = { ...open, generation };
  }

  async #makeSlot(vaultId: Uint8Array, key: VaultKey, protection: Protection): Promise<Result<VaultSlot>> {
    const isPassphrase = protection.kind === 'passphrase';
    const { memoryBytes, passes } = isPassphrase ? this.#ports.cost() : { memoryBytes: 0, passes: 0 };
    const type = isPassphrase ? 'pass' : 'device';
    const salt = this.#ports.random.bytes(SALT_BYTES);
    const nonce = this.#ports.random.bytes(NONCE_BYTES);
    const slot = { type, memoryBytes, passes, salt, nonce } as const;
    const aad = slotAad(vaultId, slot);
    if (!isPassphrase) return ok({ ...slot, wrap: await this.#ports.keyVault.wrap(key, aad) });
    const wrapping = await this.#stretch(protection.passphrase, slot);
    return wrapping.ok ? ok({ ...slot, wrap: aeadSeal(key, { key: wrapping.value, nonce, aad }) }) : wrapping;
  }

  async #openSlots(file: VaultFile, protection: Opening): Promise<Result<VaultKey>> {
    const code = protection.kind === 'passkey' ? 'passkey-refused' : 'wrong-passphrase';
    let failure: Result<VaultKey> = fail(code, 'no slot fits');
    for (const slot of file.slots) {
      if (slot.type !== SLOT_OF[protection.kind]) continue;
      if (protection.kind === 'passkey' && !isOf(slot, protection.credentialId)) continue;
      const opened = await this.#openSlot(file.vaultId, slot, protection);
      if (opened.ok && opened.value.length === VAULT_KEY_BYTES) return ok(asKey<VaultKey>(opened.value));
      if (!opened.ok) failure = opened.error.code === 'bad-seal' ? fail('wrong-passphrase') : opened;
    }
    return failure;
  }

  async #openSlot(vaultId: Uint8Array, slot: VaultSlot, protection: Opening): Promise<Result<Uint8Array>> {
    if (protection.kind === 'passkey') return openPasskeySlot(vaultId, slot, protection.output);
    const aad = slotAad(vaultId, slot);
    if (protection.kind === 'device') return this.#ports.keyVault.unwrap(slot.wrap, aad);
    const wrapping = await this.#stretch(protection.passphrase, slot);
    return wrapping.ok ? aeadOpen(slot.wrap, { key: wrapping.value, nonce: slot.nonce, aad }) : wrapping;
  }

  /** [V1] KDF(Argon2id(passphrase), "vault-pass", HMAC(salt)): a stolen copy of the record tries nothing without the HMAC key. */
  async #stretch(
    passphrase: string,
    slot: Pick<VaultSlot, 'salt' | 'memoryBytes' | 'passes'>,
  ): Promise<Result<Uint8Array>> {
    const stretched = passphraseKey(passphrase, slot.salt, slot);
    return stretched.ok
      ? ok(kdf(stretched.value, 'vault-pass', await this.#ports.keyVault.pepper(slot.salt)))
      : stretched;
  }
}

const SLOT_OF: Readonly<Record<Opening['kind'], SlotType>> = { passphrase: 'pass', device: 'device', passkey: 'prf' };

function isPasskey({ type }: VaultSlot): boolean {
  return type === 'prf';
}

function isOf({ passkey }: VaultSlot, credentialId: Uint8Array): boolean {
  return passkey !== undefined && equalBytes(passkey.credentialId, credentialId);
}
