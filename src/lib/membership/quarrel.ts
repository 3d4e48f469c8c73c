/**
 * Revocations among concurrent operations: who attacks whom, whose attack prevails (rule P), which operations stand,
 * and how a cycle is broken (rule C). Works on one region; what lies below it is settled (docs/spec/membership.md §4).
 */
import type { DeviceId, EnvelopeId, MemberId } from '../foundation/ids.ts';
import { assert } from '../foundation/assert.ts';
import type { MembershipOp } from '../protocol/membership-op.ts';
import type { Judgement } from './judge-operation.ts';
import { isConcurrent, type MembershipNode } from './membership-graph.ts';
import { rankOf, type MembershipState, type VoidOperation } from './membership-state.ts';
import { compareSeniority, type Standing } from './seniority.ts';
import { findFirstComponent } from './first-component.ts';

/** An operation with what its author knew and what that amounts to. */
export interface View {
  readonly node: MembershipNode;
  readonly known: MembershipState;
  readonly judgement: Judgement;
  readonly standing: Standing;
}

export interface QuarrelRules {
  readonly compare: (a: Standing, b: Standing) => number;
  /** Rule P. */
  readonly seniorPrevails: boolean;
}

export const RULES: QuarrelRules = { compare: compareSeniority, seniorPrevails: true };

interface Party {
  readonly view: View;
  /** The author's member. */
  readonly member: MemberId | undefined;
  /** Groups of region members, of which one each must stand; groups that the settled part satisfies are left out. */
  readonly supports: readonly (readonly Party[])[];
  readonly dependents: Set<Party>;
  attackers: Party[];
  readonly victims: Party[];
  ruling: 'in' | 'out' | VoidOperation | undefined;
}

export interface Quarrel {
  readonly views: readonly View[];
  readonly base: MembershipState;
  /** Operations of the region that are void whatever the others do. */
  readonly voids: ReadonlyMap<EnvelopeId, VoidOperation>;
  readonly rules: QuarrelRules;
}

/** Every operation of the region that does not stand, with the reason. */
export function settleQuarrel(quarrel: Quarrel): ReadonlyMap<EnvelopeId, VoidOperation> {
  if (isPeaceful(quarrel)) return quarrel.voids;
  const parties = gather(quarrel);
  drawAttacks(parties, quarrel.rules);
  let undecided = parties;
  for (;;) {
    undecided = propagate(undecided);
    if (undecided.length === 0) break;
    voidMostJunior(undecided, quarrel.rules);
  }
  const voids = new Map<EnvelopeId, VoidOperation>();
  for (const party of parties) {
    const { view, ruling } = party;
    if (ruling === 'in' || ruling === undefined) continue;
    voids.set(view.node.entry.id, ruling === 'out' ? causeOf(party) : ruling);
  }
  return voids;
}

/** Nothing revokes, nothing is void from the start, and what all rests on stands: then all of it stands. */
function isPeaceful({ views, base, voids }: Quarrel): boolean {
  if (voids.size > 0) return false;
  return views.every(({ judgement, node }) => {
    if (!judgement.isAdmissible || isRevocation({ judgement, node })) return false;
    return judgement.supports.every((group) => group.some((support) => !base.voids.has(support)));
  });
}

/** Parents come before children in `views`, so supports are there when they are looked up. */
function gather({ views, base, voids }: Quarrel): readonly Party[] {
  const byId = new Map<EnvelopeId, Party>();
  for (const view of views) {
    const { id } = view.node.entry;
    const groups: Party[][] = [];
    for (const group of view.judgement.isAdmissible ? view.judgement.supports : []) {
      const isSettled = group.some((support) => !byId.has(support) && !base.voids.has(support));
      if (!isSettled) groups.push(group.map((support) => byId.get(support)).filter((support) => support !== undefined));
    }
    const ruling: VoidOperation | undefined = view.judgement.isAdmissible
      ? voids.get(id)
      : { reason: view.judgement.reason, by: undefined };
    const party: Party = {
      view,
      member: view.known.memberOf(view.node.entry.author)?.id,
      supports: groups,
      dependents: new Set(),
      attackers: [],
      victims: [],
      ruling,
    };
    for (const support of groups.flat()) support.dependents.add(party);
    byId.set(id, party);
  }
  return [...byId.values()];
}

/**
 * A flood of late removals makes millions of attacks, so edges are plain lists, and whether one operation attacks
 * another is asked of `isAttack` rather than looked up.
 */
function drawAttacks(parties: readonly Party[], rules: QuarrelRules): void {
  const contenders = parties.filter((party) => party.ruling === undefined);
  const within = reachOf(contenders);
  const yielded = new Map<Party, Set<Party>>();
  for (const a of contenders) {
    if (!isRevocation(a.view)) continue;
    const basis = rules.seniorPrevails ? foundations(a) : [];
    for (const o of within.get(targetOf(a.view.node.entry.record.operation)) ?? []) {
      if (!isAttack(a, o)) continue;
      const struck = isRevocation(o.view) ? basis.filter((party) => isAttack(o, party)) : [];
      // Rule P: where `o` strikes back at `a` or at what `a` rests on, the junior of the two gives way.
      const givesWay = struck.length > 0 && rules.compare(a.view.standing, o.view.standing) > 0;
      if (givesWay) continue;
      o.attackers.push(a);
      if (struck.length === 0) continue;
      const spared = yielded.get(o) ?? new Set();
      for (const party of struck) spared.add(party);
      yielded.set(o, spared);
    }
  }
  for (const o of contenders) {
    if (o.attackers.length > 0) o.attackers = o.attackers.filter((a) => yielded.get(a)?.has(o) !== true);
    for (const a of o.attackers) a.victims.push(o);
  }
}

/** The operations that a revocation of a member or of a device may hit, by that member or device. */
function reachOf(parties: readonly Party[]): ReadonlyMap<string | undefined, readonly Party[]> {
  const reach = new Map<string | undefined, Party[]>();
  const put = (target: string | undefined, party: Party): void => {
    const hit = reach.get(target);
    if (hit === undefined) reach.set(target, [party]);
    else hit.push(party);
  };
  for (const party of parties) {
    const { author, record } = party.view.node.entry;
    put(party.member, party);
    put(author, party);
    if (record.operation.op === 'admit') put(record.operation.memberId, party);
    if (record.operation.op === 'device.add') put(record.operation.keys.device, party);
  }
  return reach;
}

function targetOf(revocation: MembershipOp): MemberId | DeviceId | undefined {
  if (revocation.op === 'device.remove') return revocation.device;
  return revocation.op === 'remove' || revocation.op === 'role.set' ? revocation.memberId : undefined;
}

/** The party itself and all it rests on, directly or not. */
function foundations(party: Party): readonly Party[] {
  const found = new Set<Party>([party]);
  for (const next of found) for (const support of next.supports.flat()) found.add(support);
  return [...found];
}

function isRevocation({ node, judgement }: Pick<View, 'node' | 'judgement'>): boolean {
  const { op } = node.entry.record.operation;
  return op === 'remove' || op === 'device.remove' || (judgement.isAdmissible && judgement.lowersTo !== undefined);
}

function isAttack(a: Party, o: Party): boolean {
  const revocation = a.view.node.entry.record.operation;
  if (!isTarget(revocation, o)) return false;
  return a.view.node.entry.author !== o.view.node.entry.author && isConcurrent(a.view.node, o.view.node);
}

function isTarget(revocation: MembershipOp, o: Party): boolean {
  const victim = o.view.node.entry.record.operation;
  const { author } = o.view.node.entry;
  switch (revocation.op) {
    case 'remove':
      return o.member === revocation.memberId || (victim.op === 'admit' && victim.memberId === revocation.memberId);
    case 'device.remove':
      return author === revocation.device || (victim.op === 'device.add' && victim.keys.device === revocation.device);
    case 'role.set':
      return (
        o.member === revocation.memberId &&
        o.view.judgement.isAdmissible &&
        o.view.judgement.needs > rankOf(revocation.role)
      );
    default:
      return false;
  }
}

/** Decides all that follows from what is decided; returns what does not. */
function propagate(parties: readonly Party[]): readonly Party[] {
  let undecided = parties.filter((party) => party.ruling === undefined);
  for (let isMoving = true; isMoving;) {
    for (const party of undecided) party.ruling = rulingOf(party);
    const left = undecided.filter((party) => party.ruling === undefined);
    isMoving = left.length < undecided.length;
    undecided = left;
  }
  return undecided;
}

function rulingOf(party: Party): Party['ruling'] {
  let isCertain = true;
  for (const group of party.supports) {
    if (group.every(isOut)) return 'out';
    if (!group.some((support) => support.ruling === 'in')) isCertain = false;
  }
  for (const attacker of party.attackers) {
    if (attacker.ruling === 'in') return 'out';
    if (attacker.ruling === undefined) isCertain = false;
  }
  return isCertain ? 'in' : undefined;
}

/** The same on every replica: of all causes the one with the smallest id. */
function causeOf(party: Party): VoidOperation {
  const attackers = party.attackers.filter((attacker) => attacker.ruling === 'in');
  if (attackers.length > 0) return { reason: 'revoked', by: smallestId(attackers) };
  return { reason: 'unsupported', by: smallestId(party.supports.filter((group) => group.every(isOut)).flat()) };
}

function smallestId(parties: readonly Party[]): EnvelopeId | undefined {
  return parties.map((party) => party.view.node.entry.id).sort()[0];
}

function isOut(party: Party): boolean {
  return party.ruling !== undefined && party.ruling !== 'in';
}

/** Rule C. */
function voidMostJunior(undecided: readonly Party[], rules: QuarrelRules): void {
  const component = findFirstComponent(undecided, {
    idOf: (party) => party.view.node.entry.id,
    successors: (party) => [...party.victims, ...party.dependents].filter((next) => next.ruling === undefined),
  });
  const revocations = component.filter((party) => isRevocation(party.view));
  const mostJunior = revocations.reduce<Party | undefined>(
    (junior, party) =>
      junior === undefined || rules.compare(party.view.standing, junior.view.standing) > 0 ? party : junior,
    undefined,
  );
  assert(mostJunior !== undefined, 'a stalled component holds a revocation');
  mostJunior.ruling = { reason: 'cycle', by: undefined };
}
