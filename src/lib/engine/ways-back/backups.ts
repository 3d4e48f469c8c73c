/**
 * The encrypted backup file: who the person is, the list of their spaces and, if wanted, all sealed entries. It holds no
 * key of any device: whoever comes back from it comes as a new device, by the same way as from the words, so an old
 * backup can neither fork nor roll back a chain [C2] (docs/decisions/0014-backups-come-in-as-new-devices.md).
 */
import { openBackup, sealBackup, type BackupOpening } from '../../crypto/backup.ts';
import { recoverySeedOf } from '../../crypto/recovery-words.ts';
import { concatBytes } from '../../foundation/bytes.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { checkBundle } from '../../protocol/bundle.ts';
import type { BackupContent } from '../../protocol/backup-file.ts';
import { exportBundle, importBundle } from '../../sync/bundle.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { EnginePorts } from '../engine-ports.ts';
import type { Protection } from '../engine.ts';
import { newSecrets } from '../vault-secrets.ts';
import { decodeRecoveryList, encodeRecoveryList, type RecoveryList } from './recovery-list.ts';
import { NO_WAYS_BACK } from './ways-back-secrets.ts';

export interface BackupReport {
  readonly spaces: readonly SpaceId[];
  /** Entries that came out of the file. */
  readonly stored: number;
  readonly madeAt: number;
}

export class Backups {
  readonly #parts: EngineParts;
  readonly #ports: EnginePorts;

  constructor(parts: EngineParts, ports: EnginePorts) {
    this.#parts = parts;
    this.#ports = ports;
  }

  async make(options: { readonly passphrase: string; readonly hasContent: boolean }): Promise<Result<Uint8Array>> {
    const { session, vault, recovery } = this.#parts;
    const { clock, random, passphraseCost } = this.#ports;
    if (!session.isOpen) return fail('locked');
    const spaces = recovery.listed();
    const bundles = options.hasContent ? await this.#bundlesOf(spaces.map(({ space }) => space)) : [];
    const { entropy, language, relayUrl, name } = vault.secrets;
    const madeAt = clock.nowMs();
    const list = encodeRecoveryList({ version: 0, name, spaces });
    const sealed = sealBackup(
      { entropy, language, madeAt, relayUrl, list, bundles },
      { passphrase: options.passphrase, cost: passphraseCost(), random },
    );
    if (!sealed.ok) return sealed;
    const noted = await session.update((all) => ({
      ...all,
      waysBack: { ...(all.waysBack ?? NO_WAYS_BACK), backedUpAt: madeAt },
    }));
    return noted.ok ? sealed : noted;
  }

  /** On a blank device. Nothing is made before the whole file was opened. */
  async restore(options: {
    readonly file: Uint8Array;
    readonly passphrase: string;
    readonly protection: Protection;
  }): Promise<Result<BackupReport>> {
    const opened = this.#open(options.file, { kind: 'passphrase', passphrase: options.passphrase });
    if (!opened.ok) return opened;
    const { content, list } = opened.value;
    const created = await this.#parts.session.create(
      {
        ...newSecrets(content.entropy, content.language),
        name: list.name,
        relayUrl: content.relayUrl,
        isRestored: true,
      },
      options.protection,
    );
    return created.ok ? this.#take(opened.value) : created;
  }

  /** On a device that is this person's already: the words, or trustees, opened it, and the file brings the spaces. */
  async add(file: Uint8Array): Promise<Result<BackupReport>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    const seed = recoverySeedOf(this.#parts.vault.secrets.entropy);
    const opened = this.#open(file, { kind: 'seed', seed });
    return opened.ok ? this.#take(opened.value) : opened;
  }

  #open(
    file: Uint8Array,
    opening: BackupOpening,
  ): Result<{ readonly content: BackupContent; readonly list: RecoveryList }> {
    const content = openBackup(file, opening);
    if (!content.ok) return content;
    const list = decodeRecoveryList(content.value.list);
    if (!list.ok) return list;
    for (const bundle of content.value.bundles) {
      const whole = checkBundle(bundle);
      if (!whole.ok) return whole;
    }
    return ok({ content: content.value, list: list.value });
  }

  async #take({
    content,
    list,
  }: {
    readonly content: BackupContent;
    readonly list: RecoveryList;
  }): Promise<Result<BackupReport>> {
    const { recovery, spaces, bundlePorts } = this.#parts;
    await recovery.takeOlder(list);
    let stored = 0;
    for (const bundle of content.bundles) {
      const read = await importBundle(bundlePorts, [bundle]);
      if (!read.ok) return read;
      stored += read.value.stored;
    }
    return ok({ spaces: spaces.summaries().map(({ space }) => space), stored, madeAt: content.madeAt });
  }

  async #bundlesOf(spaces: readonly SpaceId[]): Promise<readonly Uint8Array[]> {
    const bundles: Uint8Array[] = [];
    for (const space of spaces) {
      await this.#parts.spaces.find(space)?.writer.settled();
      bundles.push(concatBytes(...(await exportBundle(this.#parts.bundlePorts, space))));
    }
    return bundles;
  }
}
