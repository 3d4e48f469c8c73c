/** What a batch's outcomes say to its sender: at most one ACK and one NACK per chain, for a dense chain needs no more. */
import type { DeviceId, EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { wireErrorCode, type WireErrorCode } from '../protocol/frame-codes.ts';
import type { OfferOutcome } from './sync-host.ts';

export interface ChainReply {
  readonly space: SpaceId;
  readonly device: DeviceId;
  /** The highest entry of the batch that is durable here. */
  held: { readonly seq: number; readonly id: EnvelopeId } | undefined;
  refusal: WireErrorCode | undefined;
}

/** `strikes` counts envelopes that no honest side sends. */
export function repliesTo(outcomes: readonly OfferOutcome[]): {
  readonly replies: readonly ChainReply[];
  readonly strikes: number;
} {
  const replies = new Map<string, ChainReply>();
  let strikes = 0;
  for (const outcome of outcomes) {
    const chain = outcome.kind === 'refused' ? outcome.chain : outcome;
    if (chain === undefined) {
      strikes++;
      continue;
    }
    const key = `${chain.space}/${chain.author}`;
    const reply = replies.get(key) ?? { space: chain.space, device: chain.author, held: undefined, refusal: undefined };
    replies.set(key, reply);
    apply(reply, outcome);
  }
  return { replies: [...replies.values()], strikes };
}

function apply(reply: ChainReply, outcome: OfferOutcome): void {
  switch (outcome.kind) {
    case 'stored':
    case 'known':
      if (outcome.seq > (reply.held?.seq ?? -1)) reply.held = { seq: outcome.seq, id: outcome.id };
      return;
    case 'gap':
      // What follows a refused or pending entry is a gap too: the first cause is the one that helps.
      reply.refusal ??= 'chain-gap';
      return;
    case 'pending':
      reply.refusal ??= 'relay-refused';
      return;
    case 'fork':
      reply.refusal = 'chain-fork';
      return;
    case 'refused':
      if (reply.refusal !== 'chain-fork') reply.refusal = wireErrorCode(outcome.code);
      return;
  }
}
