/** Replicas that have received a story, and content to be judged by them. */
import type { EnvelopeId, MembershipRef } from '../foundation/ids.ts';
import { ZERO_ENVELOPE } from '../foundation/ids.ts';
import type { ContentJudgement, ContentType } from './judge-content.ts';
import { MembershipHistory } from './membership-history.ts';
import { STORY_CHECKS, STORY_SPACE, type Story, type StoryDevice } from './story.fixture.ts';

/** No secure hash, but a different one for different heads. */
export function hashHeads(heads: readonly EnvelopeId[]): MembershipRef {
  let hex = '';
  for (let lane = 0; lane < 8; lane++) {
    let state = 0x811c9dc5 ^ lane;
    for (const char of heads.join()) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193);
    hex += (state >>> 0).toString(16).padStart(8, '0');
  }
  return hex as MembershipRef;
}

export function emptyHistory(): MembershipHistory {
  return new MembershipHistory({ space: STORY_SPACE, checks: STORY_CHECKS, hashHeads });
}

/** A replica that has received all of a story, each device's chain in order. */
export function replicaOf(story: Story): MembershipHistory {
  const history = emptyHistory();
  const deliveries = [...story.entries, ...story.attests].sort((a, b) => a.seq - b.seq);
  for (const delivery of deliveries) {
    if ('record' in delivery) history.addOperation(delivery);
    else history.addAttest(delivery);
  }
  return history;
}

export interface Writing {
  readonly by: StoryDevice;
  readonly seq: number;
  readonly heads: readonly EnvelopeId[];
  readonly type?: ContentType;
  readonly kind?: number;
  readonly id?: EnvelopeId;
}

const PAGE = 2;
export const KINDS = { index: 1, page: 2, board: 3, channel: 4, comments: 5, votes: 6 };

export function judge(
  history: MembershipHistory,
  { by, seq, heads, type = 'update', kind = PAGE, id = ZERO_ENVELOPE }: Writing,
): ContentJudgement {
  return history.judge({ id, author: by.id, seq, type, kind, mref: hashHeads([...heads].sort()) });
}
