/**
 * [P4] Presence: sealed and signed like everything else, counted per session, never stored. What is replayed, or comes
 * from a device that is not active, is not shown; the ten a second are the link's to hold.
 */
import { decodeUtf8, utf8 } from '../foundation/bytes.ts';
import { idFromBytes, type DocumentId, type EnvelopeId, type SpaceId } from '../foundation/ids.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Random } from '../foundation/random.ts';
import { membershipRefOf, openEnvelope, sealEnvelope, verifyEnvelope } from '../crypto/envelope-seal.ts';
import { CborRecord } from '../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../protocol/cbor.ts';
import type { PresenceFrame } from './engine.ts';
import type { SpaceReplica } from './space-replica.ts';

interface OwnSession {
  readonly id: EnvelopeId;
  counter: number;
}

const SESSION_BYTES = 32;
const MAX_SESSION_NAME = 64;
const MAX_BODY_BYTES = 16 * 1024;
const MAX_REMEMBERED = 4096;

export class Presence {
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #own = new Map<string, OwnSession>();
  readonly #heard = new Map<string, number>();

  constructor(random: Random, clock: Clock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** The envelope to send, or undefined while there is no epoch to seal it under. */
  seal(
    replica: SpaceReplica,
    frame: { readonly document: DocumentId; readonly session: string; readonly body: Uint8Array },
  ): Uint8Array | undefined {
    const { keys, history } = replica.governance;
    const epoch = keys.findWritable(history)?.id;
    if (epoch === undefined || frame.body.length > MAX_BODY_BYTES) return undefined;
    const session = this.#sessionOf(replica.space, frame.session);
    const { device, sign } = replica.secrets;
    const sealed = sealEnvelope({
      type: 'presence',
      space: replica.space,
      author: { device, secret: sign },
      seq: session.counter++,
      prev: session.id,
      mref: membershipRefOf(history.headsFor(device)),
      payload: {
        documentId: frame.document,
        kind: 'presence',
        body: encodeCbor(cborMap([0, utf8(frame.session.slice(0, MAX_SESSION_NAME))], [1, frame.body])),
        claimedTime: this.#clock.nowMs(),
      },
      under: { epoch, keys: keys.content },
      random: this.#random,
    });
    return sealed.ok ? sealed.value.bytes : undefined;
  }

  /** What to show of an envelope that a link brought; undefined when it must not be believed. */
  open(bytes: Uint8Array, find: (space: SpaceId) => SpaceReplica | undefined): PresenceFrame | undefined {
    const verified = verifyEnvelope(bytes);
    if (!verified.ok || verified.value.header.type !== 'presence') return undefined;
    const { author, seq, prev, space } = verified.value.header;
    const replica = find(space);
    if (replica === undefined || author === replica.secrets.device || !replica.state.isActiveDevice(author))
      return undefined;
    const session = `${author}/${prev}`;
    if (seq <= (this.#heard.get(session) ?? -1)) return undefined;
    const payload = openEnvelope(verified.value, replica.governance.keys.content);
    const member = replica.state.memberOf(author)?.id;
    if (!payload.ok || member === undefined) return undefined;
    const body = CborRecord.decode(payload.value.body, 'presence', (record) => ({
      session: decodeUtf8(record.bytesUpTo(0, 4 * MAX_SESSION_NAME)) ?? '',
      body: record.bytesUpTo(1, MAX_BODY_BYTES),
    }));
    if (!body.ok) return undefined;
    this.#remember(session, seq);
    return { space, document: payload.value.documentId, device: author, member, ...body.value };
  }

  clear(): void {
    this.#own.clear();
    this.#heard.clear();
  }

  #sessionOf(space: SpaceId, name: string): OwnSession {
    const key = `${space}/${name}`;
    const session = this.#own.get(key) ?? {
      id: idFromBytes('EnvelopeId', this.#random.bytes(SESSION_BYTES)),
      counter: 0,
    };
    this.#own.set(key, session);
    return session;
  }

  /** The oldest sessions are forgotten first; a replay of theirs would show a cursor for a moment, no more. */
  #remember(session: string, seq: number): void {
    this.#heard.delete(session);
    this.#heard.set(session, seq);
    if (this.#heard.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#heard.keys()) if (this.#heard.delete(oldest)) break;
  }
}
