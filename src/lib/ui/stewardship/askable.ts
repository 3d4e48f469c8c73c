/** Who can be asked into a private conversation by letter: readers write nothing, so they could not answer. */
import type { MemberView } from '$lib/engine/engine.ts';
import { isAtLeast } from '$lib/state/members.svelte.ts';

export function askableOf(people: readonly MemberView[]): readonly MemberView[] {
  return people.filter((each) => isAtLeast(each.role, 'commenter'));
}
