import * as m from '$lib/paraglide/messages';
import type { LostPieces } from '$lib/workspace/lost-work.ts';
import { titleOf } from '../shell/index-deeds.ts';

export function lostTitle(pieces: Pick<LostPieces, 'kind' | 'title'>): string {
  return pieces.kind === 'index' ? m.devices_lost_list() : titleOf(pieces);
}
