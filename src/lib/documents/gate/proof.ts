/**
 * [G6] The proof that changes harm no document: applied, saved, loaded again, same heads. Whatever Automerge throws or
 * panics with on foreign bytes, the answer is the same: not these, not together.
 */
import { A, saveProven, type Doc } from '../automerge.ts';
import { ACTIONS } from './change-chunk.ts';
import type { Candidate } from './pending-changes.ts';

export type Backend = ReturnType<typeof A.getBackend>;

export interface Proven {
  /** Holds the proven changes; the ground itself when there are none. */
  readonly backend: Backend;
  readonly bytes: Uint8Array | undefined;
  readonly chunks: readonly Uint8Array[];
}

export interface ProvenDocument {
  readonly next: Doc;
  readonly bytes: Uint8Array | undefined;
  readonly isRebuilt: boolean;
}

/** Applies onto the document itself; when the answer is undefined it must not be used any more. */
export function applyWhole(doc: Doc, candidates: readonly Candidate[]): ProvenDocument | undefined {
  const chunks = candidates.map(({ submission }) => submission.bytes);
  const hashes = candidates.map(({ chunk }) => chunk.hash);
  try {
    const [next] = A.applyChanges(doc, chunks);
    return A.hasHeads(next, hashes) ? { next, bytes: saveProven(next), isRebuilt: false } : undefined;
  } catch {
    return undefined;
  }
}

/** A fork of the ground with the changes in it, or undefined; the ground stays as it is. */
export function applyProven(ground: Backend, candidates: readonly Candidate[]): Proven | undefined {
  const fork = ground.fork(ground.getActorId());
  const chunks = candidates.map(({ submission }) => submission.bytes);
  try {
    fork.applyChanges(chunks);
    if (candidates.every(({ chunk }) => fork.getChangeMetaByHash(chunk.hash) !== null)) {
      return { backend: fork, bytes: fork.saveAndVerify(), chunks };
    }
  } catch {
    // released below
  }
  release(fork);
  return undefined;
}

/**
 * [G8] Whether the change fails even on exactly the document it was made on, which every replica can find out alike.
 * Where that document itself cannot be proven here, the fault may be this device's, so the answer is no.
 */
export function isUnsoundInItsPast(ground: Backend, { chunk, submission }: Candidate): boolean {
  const past = forkAt(ground, chunk.deps);
  if (past === undefined) return false;
  try {
    past.applyChanges([submission.bytes]);
    past.saveAndVerify();
    return false;
  } catch {
    return true;
  } finally {
    release(past);
  }
}

function forkAt(ground: Backend, heads: readonly string[]): Backend | undefined {
  try {
    const past = ground.fork(ground.getActorId(), [...heads]);
    past.saveAndVerify();
    return past;
  } catch {
    return undefined;
  }
}

/** We never remove a key; whoever does makes Automerge 3.5.0's patches lie about concurrent values beside it. */
export function removesKey({ chunk }: Candidate): boolean {
  return chunk.ops.some((op) => op.action === ACTIONS.del && typeof op.key === 'string');
}

/** The same document, its plain objects made anew. */
export function loadAgain(proven: ProvenDocument): ProvenDocument {
  const { next, bytes = A.save(next) } = proven;
  const loaded = A.load<Record<string, unknown>>(bytes, { actor: A.getActorId(next) });
  release(A.getBackend(next));
  return { next: loaded, bytes, isRebuilt: true };
}

/** A document that panicked may be borrowed for ever; then its memory is lost until the worker ends. */
export function release(backend: Backend): boolean {
  try {
    backend.free();
    return true;
  } catch {
    return false;
  }
}
