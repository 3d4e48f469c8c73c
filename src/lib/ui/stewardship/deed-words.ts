/** What was done to a space, and why it does not count, in words. */
import type { Deed, HistoryLine, Named, Outcome, Standing } from '$lib/engine/stewardship/stewardship-calls.ts';
import * as m from '$lib/paraglide/messages';
import { memberName, roleName } from '../people/role-words.ts';

type Words = Readonly<{ author: string; subject: string; role: string; device: string; count: number }>;

const DEEDS: Readonly<Record<Deed['deed'], (words: Words) => string>> = {
  genesis: m.stewardship_deed_genesis,
  'card.set': m.stewardship_deed_card_set,
  'invite.create': m.stewardship_deed_invite_create,
  'invite.revoke': m.stewardship_deed_invite_revoke,
  admit: m.stewardship_deed_admit,
  remove: m.stewardship_deed_remove,
  'role.set': m.stewardship_deed_role_set,
  'device.add': m.stewardship_deed_device_add,
  'device.rekey': m.stewardship_deed_device_rekey,
  'device.remove': m.stewardship_deed_device_remove,
  leave: m.stewardship_deed_leave,
  'claim.ownership': m.stewardship_deed_claim_ownership,
  adopt: m.stewardship_deed_adopt,
  reject: m.stewardship_deed_reject,
  'policy.set': m.stewardship_deed_policy_set,
  'suite.upgrade': m.stewardship_deed_suite_upgrade,
};

type VoidReason = Extract<Standing, { readonly kind: 'void' }>['reason'];

const REASONS: Readonly<Record<VoidReason, () => string>> = {
  'author-not-active': m.stewardship_void_author_not_active,
  'role-forbids': m.stewardship_void_role_forbids,
  'forgot-acknowledged': m.stewardship_void_forgot_acknowledged,
  'fork-unconfirmed': m.stewardship_void_fork_unconfirmed,
  unsupported: m.stewardship_void_unsupported,
  revoked: m.stewardship_void_revoked,
  cycle: m.stewardship_void_cycle,
  'already-known': m.stewardship_void_already_known,
  'unknown-target': m.stewardship_void_unknown_target,
  'invite-unknown': m.stewardship_void_invite_unknown,
  'invite-revoked': m.stewardship_void_invite_revoked,
  'invite-used': m.stewardship_void_invite_used,
  'claim-invalid': m.stewardship_void_claim_invalid,
  'card-invalid': m.stewardship_void_card_invalid,
  'last-owner': m.stewardship_void_last_owner,
  'owner-remains': m.stewardship_void_owner_remains,
  'suite-lower': m.stewardship_void_suite_lower,
  misplaced: m.stewardship_void_misplaced,
};

export function nameWords(who: Named | undefined): string {
  return who === undefined ? m.stewardship_someone() : memberName(who);
}

export function deedWords(deed: Deed): string {
  return DEEDS[deed.deed]({
    author: nameWords(deed.author),
    subject: nameWords(deed.subject),
    role: deed.role === undefined ? '' : roleName(deed.role),
    device: deed.device === '' ? m.stewardship_unnamed_device() : deed.device,
    count: deed.count,
  });
}

/** Undefined for what counts. */
export function whyNot(standing: Standing): string | undefined {
  if (standing.kind === 'counts') return undefined;
  const { reason, because } = standing;
  if (reason === 'revoked' && because !== undefined) return m.stewardship_void_revoked_by({ deed: deedWords(because) });
  return REASONS[reason]();
}

/** [M5] One sentence for each operation that was turned round, then one for each member it changed something for. */
export function outcomeLines({ operations, members }: Outcome): readonly string[] {
  return [...operations.map(turnedWords), ...members.map(memberWords)];
}

function turnedWords(line: HistoryLine): string {
  const deed = deedWords(line);
  const why = whyNot(line.standing);
  return why === undefined ? m.stewardship_outcome_counts_again({ deed }) : m.stewardship_outcome_void({ deed, why });
}

function memberWords({ who, was, now }: Outcome['members'][number]): string {
  const name = memberName(who);
  if (!now.isActive) return m.stewardship_outcome_member_no_more({ name });
  if (!was.isActive) return m.stewardship_outcome_member_again({ name });
  return m.stewardship_outcome_role({ name, role: roleName(now.role) });
}
