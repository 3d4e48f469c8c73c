/** What a private conversation is called: a channel by its title, a direct message by the others in it. */
import * as m from '$lib/paraglide/messages';
import type { Space } from '$lib/state/space.svelte.ts';
import { memberName } from '../people/role-words.ts';

export function privateTitle(space: Space, kind: 'private' | 'direct' | undefined): string {
  const others = space.members.active.filter((each) => !each.isSelf);
  if (kind === 'direct' && others.length > 0) return others.map(memberName).join(', ');
  const title = space.itemsOf('channel')[0]?.title ?? space.name;
  return title === '' ? m.stewardship_private_unnamed() : title;
}
