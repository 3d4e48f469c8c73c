/** Members and invitations of one space, asked again whenever the engine says that they changed. */
import { createSubscriber } from 'svelte/reactivity';
import type { Engine, InvitationView, MemberView } from '$lib/engine/engine.ts';
import type { MemberId, SpaceId } from '$lib/foundation/ids.ts';

export type Role = MemberView['role'];
/** From the least to the most. */
export const ROLES: readonly Role[] = ['reader', 'commenter', 'editor', 'admin', 'owner'];

export function isAtLeast(role: Role, floor: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(floor);
}

/** Oneself first, then by name: the engine's order says nothing to people, and is another one in every space. */
function compareMembers(a: MemberView, b: MemberView): number {
  if (a.isSelf !== b.isSelf) return a.isSelf ? -1 : 1;
  return a.name.localeCompare(b.name) || (a.member < b.member ? -1 : 1);
}

export class Members {
  readonly #subscribe: () => void;
  readonly #subscribeInvitations: () => void;
  #all: readonly MemberView[] = [];
  #byId = new Map<MemberId, MemberView>();
  #invitations: readonly InvitationView[] = [];

  constructor(engine: Engine, space: SpaceId) {
    this.#subscribe = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        this.#all = (await engine.members(space)).toSorted(compareMembers);
        this.#byId = new Map(this.#all.map((each) => [each.member, each]));
        update();
      };
      void ask();
      return engine.subscribe((event) => {
        if (event.kind === 'members' && event.space === space) void ask();
      });
    });
    this.#subscribeInvitations = createSubscriber((update) => {
      const ask = async (): Promise<void> => {
        this.#invitations = await engine.invitations(space);
        update();
      };
      void ask();
      return engine.subscribe((event) => {
        if (event.kind === 'invitations' && event.space === space) void ask();
      });
    });
  }

  get all(): readonly MemberView[] {
    this.#subscribe();
    return this.#all;
  }
  get active(): readonly MemberView[] {
    return this.all.filter((each) => each.isActive);
  }
  get self(): MemberView | undefined {
    return this.all.find((each) => each.isSelf);
  }
  get invitations(): readonly InvitationView[] {
    this.#subscribeInvitations();
    return this.#invitations;
  }
  find(member: MemberId | undefined): MemberView | undefined {
    this.#subscribe();
    return member === undefined ? undefined : this.#byId.get(member);
  }
}
