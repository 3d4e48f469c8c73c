/** Roles and people in words: what a role may do, and what someone keeps when it changes. */
import type { MemberView } from '$lib/engine/engine.ts';
import * as m from '$lib/paraglide/messages';
import type { Role } from '$lib/state/members.svelte.ts';

const NAMES: Readonly<Record<Role, () => string>> = {
  reader: () => m.people_role_reader(),
  commenter: () => m.people_role_commenter(),
  editor: () => m.people_role_editor(),
  admin: () => m.people_role_admin(),
  owner: () => m.people_role_owner(),
};
const POWERS: Readonly<Record<Role, () => string>> = {
  reader: () => m.people_can_reader(),
  commenter: () => m.people_can_commenter(),
  editor: () => m.people_can_editor(),
  admin: () => m.people_can_admin(),
  owner: () => m.people_can_owner(),
};

export function roleName(role: Role): string {
  return NAMES[role]();
}

export function rolePowers(role: Role): string {
  return POWERS[role]();
}

/** People without a name yet are still told apart: oneself is "you". */
export function memberName(member: Pick<MemberView, 'name' | 'isSelf'> | undefined): string {
  if (member === undefined) return m.people_unknown();
  if (member.isSelf) return member.name === '' ? m.people_you() : m.people_you_named({ name: member.name });
  return member.name === '' ? m.people_unnamed() : member.name;
}

/** Several people in one sentence. */
export function namesOf(
  members: readonly (Pick<MemberView, 'name' | 'isSelf'> | undefined)[],
  language: string,
): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(members.map(memberName));
}
