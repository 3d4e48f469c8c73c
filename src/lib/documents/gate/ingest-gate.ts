/**
 * What stands between foreign bytes and a document (protocol §9, docs/spec/gate.md). Cheap rules of our own come first
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
  readonly admitted: readonly Submission[];
  /** [G8] Refused by every replica alike: void for good. */
  readonly voided: readonly Refusal[];
  /** Refused here only, though sound in its own past: kept out, told, tried again at the next opening. */
  readonly quarantined: readonly Refusal[];
}

export interface GateOptions {
  readonly schema: Pick<DocumentSchema, 'containers' | 'isAuthored'>;
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
    const ground = A.getBackend(doc);
    const proven = this.#prove(ground, chosen, outcome);
    const next = proven.chunks.length === 0 ? doc : A.applyChanges(doc, [...proven.chunks])[0];
    if (proven.backend !== ground) release(proven.backend);
    this.#indexedHeads = A.getHeads(next);
    this.#pending.keep(outcome.waiting);
    const { admitted, voided, quarantined } = outcome;
    return { doc: next, provenBytes: proven.bytes, admitted, voided, quarantined };
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

  /** [G6] The largest proven part of `chosen`, in order. */
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

type Backend = ReturnType<typeof A.getBackend>;

interface Proven {
  /** Holds the proven changes; the ground itself when there are none. */
  readonly backend: Backend;
  readonly bytes: Uint8Array | undefined;
  readonly chunks: readonly Uint8Array[];
}

/** A fork with the changes in it whose saved bytes load again to the same heads; undefined if anything goes wrong. */
function applyProven(ground: Backend, candidates: readonly Candidate[]): Proven | undefined {
  const fork = ground.fork(ground.getActorId());
  const chunks = candidates.map(({ submission }) => submission.bytes);
  try {
    fork.applyChanges(chunks);
    if (candidates.every(({ chunk }) => fork.getChangeMetaByHash(chunk.hash) !== null)) {
      return { backend: fork, bytes: fork.saveAndVerify(), chunks };
    }
  } catch {
    // Whatever Automerge says of foreign bytes, the answer is the same: not these, not together.
  }
  release(fork);
  return undefined;
}

/** Whether the change fails even on exactly the document it was made on, which every replica can find out alike. */
function isUnsoundInItsPast(ground: Backend, { chunk, submission }: Candidate): boolean {
  let past: Backend | undefined;
  try {
    past = ground.fork(chunk.actor, [...chunk.deps]);
    past.applyChanges([submission.bytes]);
    past.saveAndVerify();
    return false;
  } catch {
    return true;
  } finally {
    if (past !== undefined) release(past);
  }
}

/** A fork that panicked may be borrowed for ever; then its memory is lost until the worker ends. */
function release(fork: Backend): boolean {
  try {
    fork.free();
    return true;
  } catch {
    return false;
  }
}
