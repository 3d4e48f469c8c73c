/** Whom a person trusts with a share of their way back, and whose shares this person keeps for others. */
import {
  answerTo,
  cardCode,
  keyOfCard,
  makeTrusteeCards,
  newChallenge,
  readCardCode,
  readRequestCode,
  requestIdOf,
  sealRelease,
} from '../../crypto/trustees.ts';
import { bytesToHex } from '../../foundation/bytes.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import {
  decodeTrusteeCard,
  encodeTrusteeCard,
  SET_BYTES,
  type TrusteeCard,
  type TrusteeRequest,
} from '../../protocol/trustee-codes.ts';
import type { Session } from '../session.ts';
import type { Vault } from '../vault.ts';
import { MAX_KEPT_CARDS, NO_WAYS_BACK, type WaysBackSecrets } from './ways-back-secrets.ts';

export interface HandedCard {
  readonly trustee: string;
  /** What the trustee keeps, as text; also what the QR code says. */
  readonly code: string;
}

export interface KeptCard {
  readonly key: string;
  readonly owner: string;
  readonly threshold: number;
  readonly count: number;
}

export interface TrusteesView {
  readonly names: readonly string[];
  readonly threshold: number;
  readonly madeAt: number;
}

export interface StartedRelease {
  readonly release: string;
  /** Who asks, as they call themselves: the voice must confirm it. */
  readonly name: string;
  /** Six digits to read out. */
  readonly challenge: string;
}

interface OpenRelease {
  readonly key: string;
  readonly request: TrusteeRequest;
  readonly challenge: string;
}

const MAX_WRONG_DIGITS = 3;
const MAX_NAME_LENGTH = 60;
const RELEASE_BYTES = 16;

export interface TrusteeCircleDeps {
  readonly session: Session;
  readonly vault: Vault;
  readonly random: Random;
  readonly clock: Clock;
}

export class TrusteeCircle {
  readonly #deps: TrusteeCircleDeps;
  /** No share is in here: cards are read from the vault when the digits were right. */
  readonly #releases = new Map<string, OpenRelease>();
  readonly #wrongDigits = new Map<string, number>();

  constructor(deps: TrusteeCircleDeps) {
    this.#deps = deps;
  }

  /** Splits the words anew. Cards handed out before keep working together: only new words would end them. */
  async choose(options: {
    readonly names: readonly string[];
    readonly threshold: number;
    readonly passphrase: string | undefined;
  }): Promise<Result<readonly HandedCard[]>> {
    const { session, vault, random, clock } = this.#deps;
    const confirmed = await session.confirm(options.passphrase);
    if (!confirmed.ok) return confirmed;
    const { entropy, language, relayUrl, name } = vault.secrets;
    const names = options.names.map((each) => each.trim().normalize('NFC').slice(0, MAX_NAME_LENGTH));
    const plan = { entropy, language, owner: name, relayUrl, trustees: names, threshold: options.threshold };
    const cards = await makeTrusteeCards(plan, random);
    if (!cards.ok) return cards;
    const set = cards.value[0]?.set ?? new Uint8Array(SET_BYTES);
    const trustees = { set, threshold: options.threshold, names, madeAt: clock.nowMs() };
    const noted = await this.#change((waysBack) => ({ ...waysBack, trustees }));
    return noted.ok ? ok(cards.value.map((card) => ({ trustee: card.trustee, code: cardCode(card) }))) : noted;
  }

  chosen(): TrusteesView | undefined {
    const trustees = this.#secrets()?.trustees;
    return trustees && { names: trustees.names, threshold: trustees.threshold, madeAt: trustees.madeAt };
  }

  forgetChosen(): Promise<Result<void>> {
    return this.#change((waysBack) => ({ ...waysBack, trustees: undefined }));
  }

  async keep(code: string): Promise<Result<KeptCard>> {
    if (!this.#deps.session.isOpen) return fail('locked');
    const card = readCardCode(code);
    if (!card.ok) return card;
    const key = keyOfCard(card.value);
    const cards = this.#cards();
    const isNew = !cards.some((other) => keyOfCard(other) === key);
    if (isNew && cards.length >= MAX_KEPT_CARDS) return fail('oversized', 'cards');
    const noted = isNew
      ? await this.#change((all) => ({ ...all, kept: [...all.kept, encodeTrusteeCard(card.value)] }))
      : ok(undefined);
    return noted.ok ? ok(viewOf(card.value)) : noted;
  }

  kept(): readonly KeptCard[] {
    return this.#cards().map(viewOf);
  }

  drop(key: string): Promise<Result<void>> {
    const left = this.#cards().filter((card) => keyOfCard(card) !== key);
    return this.#change((waysBack) => ({ ...waysBack, kept: left.map(encodeTrusteeCard) }));
  }

  beginRelease(key: string, requestText: string): Result<StartedRelease> {
    if (!this.#deps.session.isOpen) return fail('locked');
    const request = readRequestCode(requestText);
    if (!request.ok) return request;
    if (this.#findCard(key) === undefined) return fail('code-malformed', 'no such card');
    if (this.#wrongOf(request.value) >= MAX_WRONG_DIGITS) return fail('too-many-attempts');
    const challenge = newChallenge(this.#deps.random);
    const release = bytesToHex(this.#deps.random.bytes(RELEASE_BYTES));
    this.#releases.set(release, { key, request: request.value, challenge });
    return ok({ release, name: request.value.name, challenge });
  }

  /** One try for each challenge: other digits than the asking device's end this release. */
  finishRelease(release: string, digits: string): Result<string> {
    const { session, random } = this.#deps;
    if (!session.isOpen) return fail('locked');
    const open = this.#releases.get(release);
    this.#releases.delete(release);
    if (open === undefined) return fail('spoken-check-failed', 'no such release');
    if (digits.replace(/\s+/gu, '') !== answerTo(open.request, open.challenge)) {
      this.#wrongDigits.set(bytesToHex(requestIdOf(open.request)), this.#wrongOf(open.request) + 1);
      return fail('spoken-check-failed');
    }
    const card = this.#findCard(open.key);
    return card === undefined ? fail('code-malformed', 'no such card') : sealRelease(card, open.request, random);
  }

  #wrongOf(request: TrusteeRequest): number {
    return this.#wrongDigits.get(bytesToHex(requestIdOf(request))) ?? 0;
  }

  #findCard(key: string): TrusteeCard | undefined {
    return this.#cards().find((card) => keyOfCard(card) === key);
  }

  #cards(): readonly TrusteeCard[] {
    return (this.#secrets()?.kept ?? []).flatMap((bytes) => {
      const card = decodeTrusteeCard(bytes);
      return card.ok ? [card.value] : [];
    });
  }

  #secrets(): WaysBackSecrets | undefined {
    return this.#deps.session.isOpen ? this.#deps.vault.secrets.waysBack : undefined;
  }

  #change(change: (waysBack: WaysBackSecrets) => WaysBackSecrets): Promise<Result<void>> {
    return this.#deps.session.update((all) => ({ ...all, waysBack: change(all.waysBack ?? NO_WAYS_BACK) }));
  }
}

function viewOf(card: TrusteeCard): KeptCard {
  return { key: keyOfCard(card), owner: card.owner, threshold: card.threshold, count: card.count };
}
