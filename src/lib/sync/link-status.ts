/** What one link can say of one space, in the words of `SpaceLinkStatus`. */
import type { SpaceId } from '../foundation/ids.ts';
import type { WireErrorCode } from '../protocol/frame-codes.ts';
import type { SpaceLinkStatus } from './reconciler.ts';
import type { SpaceLink } from './space-link.ts';

export function statusOfSpace(
  space: SpaceId,
  link: SpaceLink | undefined,
  refusal: WireErrorCode | undefined,
): SpaceLinkStatus {
  if (link === undefined) {
    return {
      space,
      state: refusal === undefined ? 'proving' : 'refused',
      code: refusal,
      isHeard: false,
      ahead: 0,
      behind: 0,
      isLevel: false,
    };
  }
  const { ahead, behind, isHeard, isOutsider, refusal: code } = link.level();
  if (isOutsider)
    return { space, state: 'refused', code: 'not-a-member', isHeard: false, ahead, behind, isLevel: false };
  return { space, state: 'shared', code, isHeard, ahead, behind, isLevel: isHeard && ahead === 0 && behind === 0 };
}
