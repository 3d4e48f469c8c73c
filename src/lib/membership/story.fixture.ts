/**
 * A space in which people act on what they have seen so far: tests tell stories with it, benches grow histories.
 * Ids come from a seed, so a story told with another seed meets every other tie.
 */
import type { DeviceId, EnvelopeId, IdentityKey, InviteId, MemberId, SpaceId } from '../foundation/ids.ts';
import { ZERO_ENVELOPE } from '../foundation/ids.ts';
import type { InviteClaim, MemberCard, MembershipOp, Role } from '../protocol/membership-op.ts';
import type { SignatureChecks } from './judge-operation.ts';
import { MembershipGraph, type Attest, type MembershipEntry } from './membership-graph.ts';
import type { MembershipState, VoidReason } from './membership-state.ts';
import type { QuarrelRules } from './quarrel.ts';
import { MembershipResolver } from './resolver.ts';

export const STORY_SPACE = 'aa'.repeat(32) as SpaceId;

/** A forged claim or card carries this byte first in its signature. */
export const FORGED = 0xff;

export const STORY_CHECKS: SignatureChecks = {
  verifyClaim: (_space, claim) => claim.inviteSignature[0] !== FORGED && claim.deviceSignature[0] !== FORGED,
  verifyCard: (_space, _member, card) => card.signature[0] !== FORGED,
};

/** mulberry32 */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Story {
  readonly entries: MembershipEntry[] = [];
  readonly attests: Attest[] = [];
  readonly graph = new MembershipGraph();
  readonly #next: () => number;

  constructor(seed = 1) {
    this.#next = seededNumbers(seed);
  }

  /** The founder's first device, with a recovery device beside it. */
  founder(): StoryDevice {
    const founder = new StoryDevice(this, this.newDeviceId(), this.newMemberId());
    founder.recovery = new StoryDevice(this, this.newDeviceId(), founder.member);
    founder.write({
      op: 'genesis',
      memberId: founder.member,
      keys: { device: founder.id, kem: new Uint8Array([1]) },
      recovery: { device: founder.recovery.id, kem: new Uint8Array([2]) },
      policy: { historyFrom: 'start' },
      salt: new Uint8Array(16),
    });
    founder.recovery.sees(founder);
    return founder;
  }

  newEnvelopeId(): EnvelopeId {
    return this.#hex(32) as EnvelopeId;
  }

  newDeviceId(): DeviceId {
    return this.#hex(32) as DeviceId;
  }

  newMemberId(): MemberId {
    return this.#hex(16) as MemberId;
  }

  newInviteId(): InviteId {
    return this.#hex(16) as InviteId;
  }

  card(name: string): MemberCard {
    return { identity: this.#hex(32) as IdentityKey, name, signature: new Uint8Array([0]) };
  }

  #hex(bytes: number): string {
    let hex = '';
    while (hex.length < bytes * 2) {
      hex += Math.floor(this.#next() * 65536)
        .toString(16)
        .padStart(4, '0');
    }
    return hex;
  }

  resolve(rules?: QuarrelRules): MembershipState {
    return resolveStory(this.graph, rules);
  }

  /** Why an operation is void at the end; undefined when it stands. */
  reason(id: EnvelopeId, rules?: QuarrelRules): VoidReason | undefined {
    return this.resolve(rules).voids.get(id)?.reason;
  }
}

export function resolveStory(graph: MembershipGraph, rules?: QuarrelRules): MembershipState {
  const options = { space: STORY_SPACE, checks: STORY_CHECKS };
  return new MembershipResolver(graph, rules === undefined ? options : { ...options, rules }).resolve();
}

export class StoryDevice {
  readonly id: DeviceId;
  readonly member: MemberId;
  readonly story: Story;
  recovery: StoryDevice | undefined;
  heads: readonly EnvelopeId[] = [];
  #seq = 0;
  #previous: EnvelopeId | undefined;
  #acknowledged: EnvelopeId[] = [];

  constructor(story: Story, id: DeviceId, member: MemberId) {
    this.story = story;
    this.id = id;
    this.member = member;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Learns all that the others know. */
  sees(...others: readonly { readonly heads: readonly EnvelopeId[] }[]): this {
    const all = [...this.heads, ...others.flatMap((other) => other.heads)];
    this.heads = (this.story.graph.maximal(all) ?? []).map((node) => node.entry.id).sort();
    return this;
  }

  write(operation: MembershipOp): EnvelopeId {
    const entry: MembershipEntry = {
      id: this.story.newEnvelopeId(),
      author: this.id,
      seq: this.#seq++,
      prev: this.#previous ?? ZERO_ENVELOPE,
      record: { parents: this.heads, operation },
      previous: this.#previous,
      acknowledged: this.#acknowledged,
    };
    this.story.entries.push(entry);
    const outcome = this.story.graph.add(entry);
    if (!outcome.ok) throw new Error(`${outcome.error.code} ${outcome.error.detail ?? ''}`);
    this.heads = [entry.id];
    this.#previous = entry.id;
    this.#acknowledged = [];
    return entry.id;
  }

  /** Writes content, of which the story keeps nothing but the seq it took. */
  writesContent(): number {
    return this.#seq++;
  }

  attest(held: readonly { readonly device: DeviceId; readonly seq: number }[] = []): void {
    const attest = { author: this.id, seq: this.#seq++, heads: this.heads, held };
    this.#acknowledged = [...this.#acknowledged, ...this.heads];
    this.story.attests.push(attest);
    this.story.graph.attest(attest);
  }

  invite(role: Role, maxUses = 1): InviteId {
    const inviteId = this.story.newInviteId();
    const invitePk = new Uint8Array(32);
    this.write({ op: 'invite.create', inviteId, invitePk, role, maxUses, expiresAt: 0, approve: false });
    return inviteId;
  }

  /** Invites and admits a newcomer, who sees the admission at once. */
  admit(role: Role, inviteId: InviteId = this.invite(role)): StoryDevice {
    const newcomer = new StoryDevice(this.story, this.story.newDeviceId(), this.story.newMemberId());
    newcomer.recovery = new StoryDevice(this.story, this.story.newDeviceId(), newcomer.member);
    this.admitClaim(claimOf(newcomer, role, inviteId));
    newcomer.recovery.sees(this);
    return newcomer.sees(this);
  }

  admitClaim(claim: InviteClaim): EnvelopeId {
    return this.write({ op: 'admit', memberId: claim.memberId, role: claim.role, claim });
  }

  remove(target: StoryDevice, cutoffSeq = target.seq - 1): EnvelopeId {
    const cutoffs = [{ device: target.id, seq: cutoffSeq, id: ZERO_ENVELOPE }];
    return this.write({ op: 'remove', memberId: target.member, cutoffs });
  }

  setRole(target: StoryDevice, role: Role, cutoffSeq = target.seq - 1): EnvelopeId {
    const cutoffs = [{ device: target.id, seq: cutoffSeq, id: ZERO_ENVELOPE }];
    return this.write({ op: 'role.set', memberId: target.member, role, cutoffs });
  }

  addDevice(): StoryDevice {
    const added = new StoryDevice(this.story, this.story.newDeviceId(), this.member);
    this.write({ op: 'device.add', keys: { device: added.id, kem: new Uint8Array([3]) }, name: 'phone' });
    return added.sees(this);
  }

  removeDevice(target: StoryDevice, cutoffSeq = target.seq - 1): EnvelopeId {
    const cutoff = { device: target.id, seq: cutoffSeq, id: ZERO_ENVELOPE };
    return this.write({ op: 'device.remove', device: target.id, cutoff });
  }

  /** A copy of this device as a thief or a restored backup has it: from here on its chain forks. */
  copy(): StoryDevice {
    const twin = new StoryDevice(this.story, this.id, this.member);
    twin.heads = this.heads;
    twin.#seq = this.#seq;
    twin.#previous = this.#previous;
    twin.#acknowledged = [...this.#acknowledged];
    return twin;
  }
}

export function claimOf(newcomer: StoryDevice, role: Role, inviteId: InviteId): InviteClaim {
  return {
    inviteId,
    memberId: newcomer.member,
    role,
    card: newcomer.story.card('Newcomer'),
    keys: { device: newcomer.id, kem: new Uint8Array([4]) },
    ...(newcomer.recovery === undefined
      ? {}
      : { recovery: { device: newcomer.recovery.id, kem: new Uint8Array([5]) } }),
    commitment: new Uint8Array(32),
    inviteSignature: new Uint8Array([0]),
    deviceSignature: new Uint8Array([0]),
  };
}
