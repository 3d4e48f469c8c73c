/**
 * What stands between foreign bytes and a document (docs/spec/gate.md). Cheap rules of our own come first
 * and are the same on every replica; then the batch is applied to a clone and proven by save → load → same
 * heads; only what was proven reaches the document. Where the proof fails the batch is halved until the culprit stands alone.
 */
import type { ErrorCode } from '../../foundation/error-codes.ts';
import type { ActorId, DeviceId, EnvelopeId, MemberId } from '../../foundation/ids.ts';
import { A, type Doc } from '../automerge.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { CausalIndex, type ChangeFacts } from './causal-index.ts';
import { decodeChangeChunk, type ChangeChunk } from './change-chunk.ts';
import { findBrokenRule } from './change-rules.ts';
import { PendingChanges, type Candidate } from './pending-changes.ts';
import {
  applyProven,
  applyWhole,
  isUnsoundInItsPast,
  loadAgain,
  release,
  removesKey,
  type Backend,
  type Proven,
  type ProvenDocument,
} from './proof.ts';

/** A change as it came in an envelope. */
export interface Submission {
  readonly id: EnvelopeId;
  readonly position: number;
  readonly author: DeviceId;
  readonly member: MemberId;
  /** [G2] What `author` must use at the generation it names. */
  readonly expectedActor: ActorId;
  readonly bytes: Uint8Array;
}

export interface Refusal {
  readonly id: EnvelopeId;
  readonly position: number;
  readonly code: ErrorCode;
}

export interface Admission {
  /** The document with everything admitted in it; the same object when nothing was. */
  readonly doc: Doc;
  /** The proven bytes of `doc`, when it changed. */
  readonly provenBytes: Uint8Array | undefined;
  /** `doc` was begun again because a proof failed: the one given must not be used any more. */
  readonly isRebuilt: boolean;
  readonly admitted: readonly Submission[];
  /** [G8] Refused by every replica alike: void for good. */
  readonly voided: readonly Refusal[];
  /** Refused here only, though sound in its own past: kept out, told, tried again at the next opening. */
  readonly quarantined: readonly Refusal[];
}

export interface GateOptions {
  readonly schema: Pick<DocumentSchema, 'kind' | 'containers' | 'isAuthored'>;
  memberOf(actor: ActorId): MemberId | undefined;
}

interface Outcome {
  readonly admitted: Submission[];
  readonly voided: Refusal[];
  readonly quarantined: Refusal[];
  readonly waiting: Candidate[];
}

export class IngestGate {
  readonly #options: GateOptions;
  readonly #pending = new PendingChanges();
  #index = new CausalIndex();
  #indexedHeads: readonly string[] = [];
  #quarantinedAt = Infinity;
  readonly #quarantinedActors = new Set<ActorId>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  get hasDropped(): boolean {
    return this.#pending.hasDropped;
  }

  forgetDropped(): void {
    this.#pending.forgetDropped();
  }

  /** Whether a change of this actor is known but not in the document: then nobody may go on writing as it. */
  isBlocked(actor: ActorId): boolean {
    return this.#pending.hasActor(actor) || this.#quarantinedActors.has(actor);
  }

  /** Everything before this position is settled, given that all up to `seen` was submitted. */
  settledPosition(seen: number): number {
    return Math.min(seen, (this.#pending.firstPosition ?? Infinity) - 1, this.#quarantinedAt - 1);
  }

  /** Takes in what came, together with what was waiting, and gives the document that results. Never throws on content. */
  admit(doc: Doc, submissions: readonly Submission[]): Admission {
    const outcome: Outcome = { admitted: [], voided: [], quarantined: [], waiting: [] };
    this.#catchUp(doc);
    const candidates = [...this.#pending.takeAll()];
    for (const submission of submissions) {
      const chunk = decodeChangeChunk(submission.bytes);
      if (chunk.ok) candidates.push({ submission, chunk: chunk.value });
      else outcome.voided.push(refusal(submission, chunk.error.code));
    }
    const chosen = this.#choose(candidates, outcome);
    const { next, bytes, isRebuilt } = this.#take(doc, chosen, outcome);
    this.#indexedHeads = A.getHeads(next);
    this.#pending.keep(outcome.waiting);
    const { admitted, voided, quarantined } = outcome;
    return { doc: next, provenBytes: bytes, isRebuilt, admitted, voided, quarantined };
  }

  /** Orders by causality what may be applied, voids what breaks a rule, keeps the rest waiting. */
  #choose(candidates: readonly Candidate[], outcome: Outcome): readonly Candidate[] {
    const chosen: Candidate[] = [];
    let rest = candidates;
    for (let hasMoved = true; hasMoved && rest.length > 0;) {
      hasMoved = false;
      const waitingPlaces = new Set<string>();
      const next: Candidate[] = [];
      for (const candidate of rest) {
        const { submission, chunk } = candidate;
        if (this.#index.has(chunk.hash)) {
          hasMoved = true;
        } else if (waitingPlaces.has(placeOf(chunk)) || !chunk.deps.every((dep) => this.#index.has(dep))) {
          // A rival for the same number waits behind it: which of the two counts is the order of their chain.
          waitingPlaces.add(placeOf(chunk));
          next.push(candidate);
        } else {
          hasMoved = true;
          const broken = this.#findBrokenRule(candidate);
          if (broken === undefined) {
            this.#index.add(factsOf(chunk));
            chosen.push(candidate);
          } else outcome.voided.push(refusal(submission, broken));
        }
      }
      rest = next;
    }
    outcome.waiting.push(...rest);
    return chosen;
  }

  #findBrokenRule({ submission, chunk }: Candidate): ErrorCode | undefined {
    return findBrokenRule(chunk, {
      index: this.#index,
      schema: this.#options.schema,
      expectedActor: submission.expectedActor,
      member: submission.member,
      memberOf: (actor) => this.#options.memberOf(actor),
    });
  }

  /**
   * [G6] The usual case costs one apply: onto the document itself, with a fork kept aside until the proof is there. If it
   * fails, that document is thrown away and begun again from the fork, which nothing foreign has touched.
   */
  #take(doc: Doc, chosen: readonly Candidate[], outcome: Outcome): ProvenDocument {
    if (chosen.length === 0) return { next: doc, bytes: undefined, isRebuilt: false };
    const aside = A.getBackend(doc).fork(A.getActorId(doc));
    const whole = applyWhole(doc, chosen);
    if (whole !== undefined) {
      release(aside);
      outcome.admitted.push(...chosen.map((candidate) => candidate.submission));
      return this.#schemaReadsObjects && chosen.some(removesKey) ? loadAgain(whole) : whole;
    }
    const sound = A.load<Record<string, unknown>>(aside.save(), { actor: A.getActorId(doc) });
    release(A.getBackend(doc));
    this.#reindex(aside);
    const proven = this.#prove(aside, this.#choose(chosen, outcome), outcome);
    const next = proven.chunks.length === 0 ? sound : A.applyChanges(sound, [...proven.chunks])[0];
    if (proven.backend !== aside) release(proven.backend);
    release(aside);
    const rebuilt = { next, bytes: proven.bytes, isRebuilt: true };
    return this.#schemaReadsObjects && chosen.some(removesKey) ? loadAgain(rebuilt) : rebuilt;
  }

  /** Pages are read through spans, all others as the plain objects that Automerge keeps up to date by patches. */
  get #schemaReadsObjects(): boolean {
    return this.#options.schema.kind !== 'page';
  }

  /** The largest proven part of `chosen`, in order. */
  #prove(ground: Backend, chosen: readonly Candidate[], outcome: Outcome): Proven {
    if (chosen.length === 0) return { backend: ground, bytes: undefined, chunks: [] };
    const whole = applyProven(ground, chosen);
    if (whole !== undefined) {
      outcome.admitted.push(...chosen.map((candidate) => candidate.submission));
      return whole;
    }
    this.#reindex(ground);
    const [only] = chosen;
    if (chosen.length === 1 && only !== undefined) {
      this.#settleFailure(ground, only, outcome);
      return { backend: ground, bytes: undefined, chunks: [] };
    }
    const middle = chosen.length >> 1;
    const left = this.#prove(ground, this.#choose(chosen.slice(0, middle), outcome), outcome);
    const again = [...outcome.waiting.splice(0), ...chosen.slice(middle)];
    const right = this.#prove(left.backend, this.#choose(again, outcome), outcome);
    if (left.backend !== ground && right.backend !== left.backend) left.backend.free();
    return { backend: right.backend, bytes: right.bytes ?? left.bytes, chunks: [...left.chunks, ...right.chunks] };
  }

  /** [G8] */
  #settleFailure(ground: Backend, failed: Candidate, outcome: Outcome): void {
    const refused = refusal(failed.submission, 'gate-proof');
    if (isUnsoundInItsPast(ground, failed)) {
      outcome.voided.push(refused);
      return;
    }
    outcome.quarantined.push(refused);
    this.#quarantinedAt = Math.min(this.#quarantinedAt, refused.position);
    this.#quarantinedActors.add(failed.chunk.actor);
  }

  #reindex(ground: Backend): void {
    this.#index = new CausalIndex();
    for (const meta of ground.getChangesMeta([])) this.#index.add({ ...meta, actor: meta.actor as ActorId });
  }

  /** Local changes and a freshly loaded document enter the index here. */
  #catchUp(doc: Doc): void {
    const heads = A.getHeads(doc);
    if (heads.length === this.#indexedHeads.length && heads.every((head, i) => head === this.#indexedHeads[i])) return;
    for (const meta of A.getChangesMetaSince(doc, [...this.#indexedHeads]))
      this.#index.add({ ...meta, actor: meta.actor as ActorId });
    this.#indexedHeads = heads;
  }
}

function factsOf(chunk: ChangeChunk): ChangeFacts {
  return { ...chunk, maxOp: chunk.startOp + chunk.ops.length - 1 };
}

function placeOf({ actor, seq }: ChangeChunk): string {
  return `${actor}:${seq}`;
}

function refusal({ id, position }: Submission, code: ErrorCode): Refusal {
  return { id, position, code };
}
