/**
 * The verdict on one decoded change from its causal past alone, so that every replica comes to the same one [G8]:
 * G2 (actor, seq), G4 (op numbers), G5 (every id it names exists) and, for authored documents, G10.
 */
import type { ActorId, MemberId } from '../../foundation/ids.ts';
import type { ErrorCode } from '../../foundation/error-codes.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { GENESIS_ACTOR } from '../document-schema.ts';
import type { CausalIndex, CausalPast } from './causal-index.ts';
import { LIST_HEAD, type ChangeChunk, type ChangeOp, type OpRef } from './change-chunk.ts';

export const MAX_START_GAP = 2 ** 20;

export interface RuleContext {
  readonly index: CausalIndex;
  readonly schema: Pick<DocumentSchema, 'containers' | 'isAuthored'>;
  /** [G2] The actor the envelope's author had to use. */
  readonly expectedActor: ActorId;
  readonly member: MemberId;
  memberOf(actor: ActorId): MemberId | undefined;
}

/** The rule that is broken, or undefined. All deps must be known and the seq must be the actor's next. */
export function findBrokenRule(chunk: ChangeChunk, context: RuleContext): ErrorCode | undefined {
  if (chunk.actor !== context.expectedActor || chunk.actor === GENESIS_ACTOR) return 'gate-actor';
  // Every honest change has at least the beginning in its past.
  if (chunk.deps.length === 0) return 'gate-missing-deps';
  if (new Set(chunk.actors).size !== chunk.actors.length) return 'malformed';
  if (chunk.seq !== context.index.lastSeq(chunk.actor) + 1) return 'gate-sequence';
  const past = context.index.pastOf(chunk.deps);
  // Or its op numbers could repeat those of its own last change.
  if (context.index.seqIn(past, chunk.actor) !== chunk.seq - 1) return 'gate-sequence';
  // Actors that no op can refer to would only swell every replica's table.
  if (!chunk.actors.slice(1).every((actor) => context.index.seqIn(past, actor) > 0)) return 'gate-unknown-object';
  if (chunk.startOp < past.maxOp + 1 || chunk.startOp > past.maxOp + 1 + MAX_START_GAP) return 'gate-op-range';
  for (let i = 0; i < chunk.ops.length; i++) {
    const op = chunk.ops[i];
    if (op === undefined) continue;
    if (!isGrounded(op, i, { chunk, past, index: context.index })) return 'gate-unknown-object';
    if (op.object === undefined && typeof op.key === 'string' && context.schema.containers.includes(op.key))
      return 'gate-authorship';
    if (context.schema.isAuthored && !isOwn(op, chunk, context)) return 'gate-authorship';
  }
  return undefined;
}

interface Ground {
  readonly chunk: ChangeChunk;
  readonly past: CausalPast;
  readonly index: CausalIndex;
}

/** [G5] Object, element and preds each lie in the causal past or earlier in the same change. */
function isGrounded(op: ChangeOp, at: number, ground: Ground): boolean {
  if (op.object !== undefined && !exists(op.object, at, ground)) return false;
  if (typeof op.key !== 'string' && op.key !== LIST_HEAD && !exists(op.key, at, ground)) return false;
  return op.preds.every((pred) => exists(pred, at, ground));
}

function exists(ref: OpRef, at: number, { chunk, past, index }: Ground): boolean {
  if (ref.actor === 0 && ref.counter >= chunk.startOp) return ref.counter < chunk.startOp + at;
  const actor = chunk.actors[ref.actor];
  return actor !== undefined && index.isOpIn(past, actor, ref.counter);
}

/**
 * [G10] Containers hold records under their owner's key; inside a record, and over an earlier value, only its owner
 * writes.
 */
function isOwn(op: ChangeOp, chunk: ChangeChunk, context: RuleContext): boolean {
  const isMine = (ref: OpRef): boolean => {
    if (ref.actor === 0) return true;
    const actor = chunk.actors[ref.actor];
    return actor !== undefined && context.memberOf(actor) === context.member;
  };
  if (!op.preds.every(isMine)) return false;
  if (op.object === undefined) return true;
  if (chunk.actors[op.object.actor] !== GENESIS_ACTOR) return isMine(op.object);
  return typeof op.key === 'string' && op.key.startsWith(`${context.member}:`);
}
