/** The ways back in, as screens ask for them (docs/spec/ways-back.md). */
import type { SpaceId } from '../../foundation/ids.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { EnginePorts } from '../engine-ports.ts';
import type { Protection } from '../engine.ts';
import type { PasskeyPlace } from '../vault-record.ts';
import { MAX_CREDENTIAL_BYTES, MAX_LABEL_BYTES } from '../vault-record.ts';
import { Asking, type AskingView } from './asking.ts';
import { Backups, type BackupReport } from './backups.ts';
import { PRF_OUTPUT_BYTES, type PasskeyOutput } from './passkey-slot.ts';
import { rehearsalOf, REMIND_AGAIN_MS, type Rehearsal } from './rehearsal.ts';
import {
  TrusteeCircle,
  type HandedCard,
  type KeptCard,
  type StartedRelease,
  type TrusteesView,
} from './trustee-circle.ts';
import { NO_WAYS_BACK } from './ways-back-secrets.ts';

/** Words were typed on a blank device, and the list of spaces has not been found yet. */
export type SpacesSearch =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'looking';
      readonly relayUrl: string;
      /** `unreached`: no relay at the address; `empty`: it answered that nothing lies there for these words. */
      readonly answer: 'waiting' | 'unreached' | 'empty';
    };

export type WaysBackEvent = { readonly kind: 'search'; readonly search: SpacesSearch };

/** A passkey that opens this device; the salt is what its authenticator is asked with. */
export type PasskeyView = PasskeyPlace & { readonly salt: Uint8Array };

export interface WaysBackView {
  readonly rehearsal: Rehearsal;
  readonly trustees: TrusteesView | undefined;
  readonly kept: readonly KeptCard[];
  /** Milliseconds since 1970; 0 for never. */
  readonly backedUpAt: number;
}

export interface WaysBackCalls {
  spacesSearch(): Promise<SpacesSearch>;
  /** Asks the relay once more. */
  searchAgain(): Promise<void>;
  /** Gives the search up and goes on with what is here; the identity stays. */
  endSearch(): Promise<Result<void>>;
  /** The words were others: the device is blank again. Refused once any space is here. */
  retypeWords(): Promise<Result<void>>;
  /** A restored space that no relay or device confirms: this device writes all the same, and may have to join again later. */
  goOnAlone(space: SpaceId): Promise<Result<void>>;

  /** What stands; changes are told by the `session` event. */
  waysBack(): Promise<WaysBackView>;
  /** Asks for the words again in a week. */
  postponeRehearsal(): Promise<Result<void>>;

  makeBackup(options: { readonly passphrase: string; readonly hasContent: boolean }): Promise<Result<Uint8Array>>;
  restoreBackup(options: {
    readonly file: Uint8Array;
    readonly passphrase: string;
    readonly protection: Protection;
  }): Promise<Result<BackupReport>>;
  /** The words or trustees opened this device already; the person's own file brings spaces and content. */
  addBackup(file: Uint8Array): Promise<Result<BackupReport>>;

  /** Of this device, locked or not. */
  passkeys(): Promise<readonly PasskeyView[]>;
  /** The page zeroes its copy of `output`; the engine its own. */
  addPasskey(passkey: {
    readonly passphrase: string;
    readonly place: PasskeyPlace;
    readonly salt: Uint8Array;
    readonly output: Uint8Array;
  }): Promise<Result<void>>;
  removePasskey(credentialId: Uint8Array): Promise<Result<void>>;
  unlockWithPasskey(passkey: PasskeyOutput): Promise<Result<void>>;

  /** The cards, shown once: they are not kept here. */
  chooseTrustees(options: {
    readonly names: readonly string[];
    readonly threshold: number;
    readonly passphrase: string | undefined;
  }): Promise<Result<readonly HandedCard[]>>;
  forgetTrustees(): Promise<Result<void>>;
  keepCard(code: string): Promise<Result<KeptCard>>;
  dropCard(key: string): Promise<Result<void>>;
  beginRelease(key: string, request: string): Promise<Result<StartedRelease>>;
  /** The code that gives the share to who asked, once their digits were right. */
  finishRelease(release: string, digits: string): Promise<Result<string>>;

  /** On a blank device. */
  asking(): Promise<AskingView | undefined>;
  askTrustees(name: string): Promise<Result<AskingView>>;
  answerTrustee(challenge: string): Promise<Result<string>>;
  addAnswer(code: string): Promise<Result<AskingView>>;
  stopAsking(): Promise<void>;
  restoreFromTrustees(options: { readonly protection: Protection; readonly relayUrl: string }): Promise<Result<void>>;
}

export class WaysBackAnswers implements WaysBackCalls {
  readonly #parts: EngineParts;
  readonly #ports: EnginePorts;
  readonly #backups: Backups;
  readonly #circle: TrusteeCircle;
  readonly #asking: Asking;

  constructor(parts: EngineParts, ports: EnginePorts) {
    this.#parts = parts;
    this.#ports = ports;
    this.#backups = new Backups(parts, ports);
    this.#circle = new TrusteeCircle({ ...ports, session: parts.session, vault: parts.vault });
    this.#asking = new Asking({ ...ports, session: parts.session });
  }

  spacesSearch(): Promise<SpacesSearch> {
    return Promise.resolve(this.#parts.recovery.search());
  }

  searchAgain(): Promise<void> {
    this.#parts.mail.askAgain();
    return Promise.resolve();
  }

  async endSearch(): Promise<Result<void>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    return this.#parts.recovery.endSearch();
  }

  async retypeWords(): Promise<Result<void>> {
    const { session, vault, spaces } = this.#parts;
    if (!session.isOpen) return fail('locked');
    if (!vault.secrets.isRestored || spaces.all().length > 0) return fail('already-set-up');
    return session.erase();
  }

  async goOnAlone(space: SpaceId): Promise<Result<void>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    const replica = this.#parts.spaces.find(space);
    if (replica === undefined) return fail('wrong-space');
    await this.#parts.recovery.goOnAlone(replica);
    return ok(undefined);
  }

  waysBack(): Promise<WaysBackView> {
    const { session, vault } = this.#parts;
    const secrets = session.isOpen ? vault.secrets : undefined;
    return Promise.resolve({
      rehearsal: rehearsalOf(secrets, this.#ports.clock.nowMs()),
      trustees: this.#circle.chosen(),
      kept: this.#circle.kept(),
      backedUpAt: secrets?.waysBack?.backedUpAt ?? 0,
    });
  }

  postponeRehearsal(): Promise<Result<void>> {
    const remindAfter = this.#ports.clock.nowMs() + REMIND_AGAIN_MS;
    return this.#parts.session.update((all) => ({
      ...all,
      waysBack: { ...(all.waysBack ?? NO_WAYS_BACK), remindAfter },
    }));
  }

  makeBackup(options: { readonly passphrase: string; readonly hasContent: boolean }): Promise<Result<Uint8Array>> {
    return this.#backups.make(options);
  }

  restoreBackup(options: {
    readonly file: Uint8Array;
    readonly passphrase: string;
    readonly protection: Protection;
  }): Promise<Result<BackupReport>> {
    return this.#backups.restore(options);
  }

  addBackup(file: Uint8Array): Promise<Result<BackupReport>> {
    return this.#backups.add(file);
  }

  passkeys(): Promise<readonly PasskeyView[]> {
    return this.#parts.vault.passkeys();
  }

  async addPasskey(passkey: {
    readonly passphrase: string;
    readonly place: PasskeyPlace;
    readonly salt: Uint8Array;
    readonly output: Uint8Array;
  }): Promise<Result<void>> {
    try {
      const { place, output, salt } = passkey;
      const isSound =
        output.length === PRF_OUTPUT_BYTES &&
        salt.length === PRF_SALT_BYTES &&
        place.credentialId.length <= MAX_CREDENTIAL_BYTES &&
        place.label.length <= MAX_LABEL_BYTES / 4;
      if (!isSound) return fail('passkey-refused', 'lengths');
      return await this.#parts.session.addPasskey(passkey);
    } finally {
      passkey.output.fill(0);
    }
  }

  async removePasskey(credentialId: Uint8Array): Promise<Result<void>> {
    return this.#parts.session.removePasskey(credentialId);
  }

  async unlockWithPasskey(passkey: PasskeyOutput): Promise<Result<void>> {
    try {
      return await this.#parts.session.unlockWithPasskey(passkey);
    } finally {
      passkey.output.fill(0);
    }
  }

  chooseTrustees(options: {
    readonly names: readonly string[];
    readonly threshold: number;
    readonly passphrase: string | undefined;
  }): Promise<Result<readonly HandedCard[]>> {
    return this.#circle.choose(options);
  }

  forgetTrustees(): Promise<Result<void>> {
    return this.#circle.forgetChosen();
  }

  keepCard(code: string): Promise<Result<KeptCard>> {
    return this.#circle.keep(code);
  }

  dropCard(key: string): Promise<Result<void>> {
    return this.#circle.drop(key);
  }

  beginRelease(key: string, request: string): Promise<Result<StartedRelease>> {
    return Promise.resolve(this.#circle.beginRelease(key, request));
  }

  finishRelease(release: string, digits: string): Promise<Result<string>> {
    return Promise.resolve(this.#circle.finishRelease(release, digits));
  }

  asking(): Promise<AskingView | undefined> {
    return this.#asking.find();
  }

  askTrustees(name: string): Promise<Result<AskingView>> {
    return this.#asking.begin(name);
  }

  answerTrustee(challenge: string): Promise<Result<string>> {
    return this.#asking.answer(challenge);
  }

  addAnswer(code: string): Promise<Result<AskingView>> {
    return this.#asking.add(code);
  }

  stopAsking(): Promise<void> {
    return this.#asking.giveUp();
  }

  restoreFromTrustees(options: { readonly protection: Protection; readonly relayUrl: string }): Promise<Result<void>> {
    return this.#asking.restore(options);
  }
}

const PRF_SALT_BYTES = 16;
