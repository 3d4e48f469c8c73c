/** Envelopes that a link brought: filtered by space before they cost anything, offered to the host, and answered. */
import { ZERO_SPACE, type SpaceId } from '../foundation/ids.ts';
import { id16Of } from '../protocol/attest.ts';
import { decodeHeader, ENVELOPE_HEADER_BYTES, type EnvelopeHeader } from '../protocol/envelope.ts';
import type { LinkContext } from './link-context.ts';
import { repliesTo, type ChainReply } from './outcome-replies.ts';
import type { SpaceLink } from './space-link.ts';

export interface IntakeSpaces {
  isShared(space: SpaceId): boolean;
  linkOf(space: SpaceId): SpaceLink | undefined;
}

export class EnvelopeIntake {
  readonly #link: LinkContext;
  readonly #spaces: IntakeSpaces;

  constructor(link: LinkContext, spaces: IntakeSpaces) {
    this.#link = link;
    this.#spaces = spaces;
  }

  /** Takes whole ENV frames; says how many no honest side would have sent. */
  async take(frames: readonly Uint8Array[]): Promise<number> {
    let strikes = 0;
    const wanted: Uint8Array[] = [];
    for (const frame of frames) {
      const envelope = frame.subarray(1);
      const header = headerOf(envelope);
      if (header === undefined) strikes++;
      // A genesis names no space: the host knows it by its id.
      else if (header.space === ZERO_SPACE || this.#spaces.isShared(header.space)) wanted.push(envelope);
    }
    if (wanted.length === 0) return strikes;
    const judged = repliesTo(await this.#link.host.offer(wanted, this.#link.view));
    for (const reply of judged.replies) await this.#reply(reply);
    return strikes + judged.strikes;
  }

  async #reply({ space, device, held, refusal }: ChainReply): Promise<void> {
    const spaceLink = this.#spaces.linkOf(space);
    if (spaceLink === undefined) return;
    if (held !== undefined) {
      spaceLink.noteHeld(device, held.seq, id16Of(held.id));
      spaceLink.acknowledge(device, held);
    }
    if (refusal === undefined) return;
    if (refusal === 'chain-fork') spaceLink.noteForked(device);
    const head = await spaceLink.headOf(device);
    const known = head === undefined ? {} : { head: { seq: head.seq, id16: id16Of(head.id) } };
    this.#link.send({ kind: 'nack', space, device, code: refusal, ...known });
  }
}

/** The clear header, unverified, or undefined where it is not one. */
export function headerOf(envelope: Uint8Array): EnvelopeHeader | undefined {
  const decoded = decodeHeader(envelope.subarray(0, ENVELOPE_HEADER_BYTES));
  return decoded.ok ? decoded.value.header : undefined;
}
