/** What one entry means to its chain: the rule every store shares, so that no two stores can disagree about it. */
import { assert } from '../foundation/assert.ts';
import { ZERO_ENVELOPE, type DeviceId, type EnvelopeId, type SpaceId } from '../foundation/ids.ts';
import type { ChainHead, ChainState, LogEntry } from './log-store.ts';

export type ChainStep =
  | { readonly kind: 'extends' }
  /** The chain already has this seq: whether it is the same entry, only the held one can tell. */
  | { readonly kind: 'held-seq' }
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'fork'; readonly held: EnvelopeId };

export function judgeChainStep(head: ChainHead | undefined, entry: LogEntry): ChainStep {
  const expected = head === undefined ? 0 : head.seq + 1;
  if (entry.seq < expected) return { kind: 'held-seq' };
  if (entry.seq > expected) return { kind: 'gap', expected };
  const held = head?.id ?? ZERO_ENVELOPE;
  return entry.prev === held ? { kind: 'extends' } : { kind: 'fork', held };
}

/** [C1] What a `seal` callback returned must continue the author's own chain; anything else is our bug. */
export function assertExtends(
  head: ChainHead | undefined,
  entries: readonly LogEntry[],
  owner: { readonly space: SpaceId; readonly author: DeviceId },
): void {
  let last = head;
  for (const entry of entries) {
    assert(
      entry.space === owner.space && entry.author === owner.author,
      'a sealed entry belongs to the chain it was sealed for',
    );
    assert(judgeChainStep(last, entry).kind === 'extends', 'a sealed entry continues its chain');
    last = { seq: entry.seq, id: entry.id };
  }
}

/** The chain's state after an entry that extends it. */
export function chainStateAfter(state: ChainState | undefined, { seq, id, type }: LogEntry): ChainState {
  return { seq, id, governanceSeq: isGovernance(type) ? seq : (state?.governanceSeq ?? -1) };
}

/** The state of a whole chain; undefined of none. */
export function chainStateOf(entries: readonly LogEntry[]): ChainState | undefined {
  let state: ChainState | undefined;
  for (const entry of entries) state = chainStateAfter(state, entry);
  return state;
}

/** [S2] What must be known before content can be judged or opened. */
export function isGovernance(type: LogEntry['type']): boolean {
  return type === 'genesis' || type === 'membership' || type === 'epoch' || type === 'keybox' || type === 'testimony';
}
