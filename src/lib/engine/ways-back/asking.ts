/**
 * Who lost everything asks their trustees: one request with a fresh key, kept with the cards that came back until there
 * are enough, over restarts too. A blank device has no vault yet, so the record is wrapped by the profile's own key.
 */
import {
  answerTo,
  combineCards,
  judgeCard,
  newRequest,
  openRelease,
  readCardCode,
  requestCode,
} from '../../crypto/trustees.ts';
import { asKey, type KemSecret } from '../../crypto/keys.ts';
import { utf8 } from '../../foundation/bytes.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import { CONTEXTS } from '../../protocol/contexts.ts';
import {
  decodeTrusteeCard,
  decodeTrusteeRequest,
  encodeTrusteeCard,
  encodeTrusteeRequest,
  MAX_TRUSTEES,
  type TrusteeCard,
  type TrusteeRequest,
} from '../../protocol/trustee-codes.ts';
import type { KeyVault } from '../key-vault.ts';
import type { LocalStore } from '../local-store.ts';
import type { Protection } from '../engine.ts';
import type { Session } from '../session.ts';
import { newSecrets } from '../vault-secrets.ts';

export interface AskingView {
  /** What the trustees read, as text and as QR code. */
  readonly code: string;
  /** Who answered. */
  readonly trustees: readonly string[];
  /** How many are needed, once one card told. */
  readonly threshold: number | undefined;
  readonly owner: string | undefined;
  readonly relayUrl: string | undefined;
}

interface Asked {
  readonly kem: KemSecret;
  readonly request: TrusteeRequest;
  readonly cards: readonly TrusteeCard[];
}

const TABLE = 'engine-asking';
const ROW = 'request';
const SEED_BYTES = 32;
const MAX_REQUEST_BYTES = 2048;
const MAX_CARD_BYTES = 1024;
const MAX_NAME_LENGTH = 60;

export interface AskingDeps {
  readonly session: Session;
  readonly localStore: LocalStore;
  readonly keyVault: KeyVault;
  readonly random: Random;
}

export class Asking {
  readonly #deps: AskingDeps;

  constructor(deps: AskingDeps) {
    this.#deps = deps;
  }

  async find(): Promise<AskingView | undefined> {
    const asked = await this.#load();
    return asked && viewOf(asked);
  }

  /** The request of this device: the same until it was answered or given up. */
  async begin(name: string): Promise<Result<AskingView>> {
    const { random } = this.#deps;
    const known = await this.#load();
    if (known !== undefined) return ok(viewOf(known));
    const kem = random.bytes(SEED_BYTES);
    const request = newRequest(name.trim().normalize('NFC').slice(0, MAX_NAME_LENGTH), kem, random);
    const asked = { kem: asKey<KemSecret>(kem), request, cards: [] };
    await this.#save(asked);
    return ok(viewOf(asked));
  }

  giveUp(): Promise<void> {
    return this.#deps.localStore.delete(TABLE, ROW);
  }

  /** The digits to read back to the trustee who read out `challenge`. */
  async answer(challenge: string): Promise<Result<string>> {
    const asked = await this.#load();
    if (asked === undefined) return fail('code-malformed', 'nothing was asked');
    const digits = challenge.replace(/\s+/gu, '');
    return /^\d{6}$/u.test(digits) ? ok(answerTo(asked.request, digits)) : fail('code-malformed', 'six digits');
  }

  /** A trustee's answer, or a card on paper. Nothing changes when it does not fit. */
  async add(text: string): Promise<Result<AskingView>> {
    const asked = await this.#load();
    if (asked === undefined) return fail('code-malformed', 'nothing was asked');
    const isCard = text.replace(/\s+/gu, '').startsWith('archipel-share.');
    const card = isCard ? readCardCode(text) : openRelease(text, asked.request, asked.kem);
    if (!card.ok) return card;
    const fits = judgeCard(card.value, asked.cards);
    if (!fits.ok) return fits;
    const cards = [...asked.cards, card.value];
    if (cards.length >= card.value.threshold) {
      const whole = await combineCards(cards);
      if (!whole.ok) return whole;
    }
    const more = { ...asked, cards };
    await this.#save(more);
    return ok(viewOf(more));
  }

  /** Enough trustees have answered: the identity is back, its spaces are looked for. */
  async restore(options: { readonly protection: Protection; readonly relayUrl: string }): Promise<Result<void>> {
    const asked = await this.#load();
    const entropy = await combineCards(asked?.cards ?? []);
    if (!entropy.ok) return entropy;
    const [card] = asked?.cards ?? [];
    const created = await this.#deps.session.create(
      {
        ...newSecrets(entropy.value, card?.language ?? 'fr'),
        name: card?.owner ?? '',
        relayUrl: options.relayUrl.trim(),
        isRestored: true,
      },
      options.protection,
    );
    if (created.ok) await this.giveUp();
    return created;
  }

  async #save({ kem, request, cards }: Asked): Promise<void> {
    const record = cborMap([0, kem], [1, encodeTrusteeRequest(request)], [2, cards.map(encodeTrusteeCard)]);
    const { keyVault, localStore } = this.#deps;
    await localStore.put(TABLE, ROW, await keyVault.wrap(encodeCbor(record), utf8(CONTEXTS.askingRecord)));
  }

  async #load(): Promise<Asked | undefined> {
    const { keyVault, localStore } = this.#deps;
    const row = await localStore.find(TABLE, ROW);
    if (row === undefined) return undefined;
    const record = await keyVault.unwrap(row, utf8(CONTEXTS.askingRecord));
    const read = record.ok ? decodeAsked(record.value) : record;
    return read.ok ? read.value : undefined;
  }
}

function decodeAsked(bytes: Uint8Array): Result<Asked> {
  const raw = CborRecord.decode(bytes, 'asking', (record) => ({
    kem: asKey<KemSecret>(record.bytes(0, SEED_BYTES)),
    request: record.bytesUpTo(1, MAX_REQUEST_BYTES),
    cards: record
      .list(2, MAX_TRUSTEES)
      .filter((card): card is Uint8Array => card instanceof Uint8Array && card.length <= MAX_CARD_BYTES),
  }));
  if (!raw.ok) return raw;
  const request = decodeTrusteeRequest(raw.value.request);
  if (!request.ok) return request;
  const cards = raw.value.cards.flatMap((card) => {
    const decoded = decodeTrusteeCard(card);
    return decoded.ok ? [decoded.value] : [];
  });
  return ok({ kem: raw.value.kem, request: request.value, cards });
}

function viewOf({ request, cards }: Asked): AskingView {
  const [first] = cards;
  return {
    code: requestCode(request),
    trustees: cards.map(({ trustee }) => trustee),
    threshold: first?.threshold,
    owner: first?.owner,
    relayUrl: first?.relayUrl,
  };
}
