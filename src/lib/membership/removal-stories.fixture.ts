/**
 * The known quarrels of the field, with what must come of them (the table in docs/spec/membership.md §7). They are
 * told with the protocol's rules, and with weakened ones to show that each rule is needed [M7].
 */
import type { EnvelopeId } from '../foundation/ids.ts';
import type { MembershipState, VoidReason } from './membership-state.ts';
import type { Story } from './story.fixture.ts';
import { type StoryDevice } from './story.fixture.ts';

export interface QuarrelStory {
  readonly title: string;
  /** The rule that decides it, for the table in docs/spec/membership.md §7. */
  readonly why: string;
  readonly tell: (story: Story) => Told;
  /** Who is in at the end, with which role; devices of one person by their own names. */
  readonly active: string;
  /** What became of each deed. */
  readonly deeds: Readonly<Record<string, 'stands' | VoidReason>>;
}

export interface Told {
  readonly people: Readonly<Record<string, StoryDevice>>;
  readonly deeds: Readonly<Record<string, EnvelopeId>>;
}

export function activeIn(state: MembershipState, people: Told['people']): string {
  return Object.entries(people)
    .flatMap(([name, device]) => {
      const role = state.roleOf(device.id);
      return role === undefined ? [] : [`${name} ${role}`];
    })
    .join(', ');
}

/** People who have all seen one another's arrival. */
export function gather(
  story: Story,
  ...roles: readonly ('owner' | 'admin' | 'editor' | 'commenter' | 'reader')[]
): StoryDevice[] {
  const founder = story.founder();
  const all = [founder, ...roles.map((role) => founder.admit(role))];
  for (const device of all) device.sees(...all);
  return all;
}

export const REMOVAL_STORIES: readonly QuarrelStory[] = [
  {
    title: 'Alice and Bob, both owners, remove each other: the founder is senior',
    why: 'P: the path of the founder is a prefix of all others',
    tell: (story) => {
      const [alice, bob] = gather(story, 'owner') as [StoryDevice, StoryDevice];
      return { people: { alice, bob }, deeds: { aliceRemoves: alice.remove(bob), bobRemoves: bob.remove(alice) } };
    },
    active: 'alice owner',
    deeds: { aliceRemoves: 'stands', bobRemoves: 'revoked' },
  },
  {
    title: 'Bob and Carol, admitted one after the other, remove each other: who came first stays',
    why: 'P: the earlier admission is senior',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'owner', 'owner') as [StoryDevice, StoryDevice, StoryDevice];
      return {
        people: { alice, bob, carol },
        deeds: { carolRemoves: carol.remove(bob), bobRemoves: bob.remove(carol) },
      };
    },
    active: 'alice owner, bob owner',
    deeds: { carolRemoves: 'revoked', bobRemoves: 'stands' },
  },
  {
    title: 'Bob and Carol demote each other: who came first keeps the role',
    why: 'P, as for removals',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'owner', 'owner') as [StoryDevice, StoryDevice, StoryDevice];
      const deeds = { carolDemotes: carol.setRole(bob, 'reader'), bobDemotes: bob.setRole(carol, 'reader') };
      return { people: { alice, bob, carol }, deeds };
    },
    active: 'alice owner, bob owner, carol reader',
    deeds: { carolDemotes: 'revoked', bobDemotes: 'stands' },
  },
  {
    title: 'a cycle of three removals: the most junior one is void, and so is what the others then hit',
    why: 'C voids the most junior removal, Carol’s; then Alice’s hits Bob’s',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'owner', 'owner') as [StoryDevice, StoryDevice, StoryDevice];
      const deeds = {
        aliceRemovesBob: alice.remove(bob),
        bobRemovesCarol: bob.remove(carol),
        carolRemovesAlice: carol.remove(alice),
      };
      return { people: { alice, bob, carol }, deeds };
    },
    active: 'alice owner, carol owner',
    deeds: { aliceRemovesBob: 'stands', bobRemovesCarol: 'revoked', carolRemovesAlice: 'cycle' },
  },
  {
    title: 'a cycle of four removals: every second one stands, the founder’s among them',
    why: 'C voids Dave’s; Alice’s hits Bob’s, so Carol’s stands',
    tell: (story) => {
      const [alice, bob, carol, dave] = gather(story, 'owner', 'owner', 'owner') as [
        StoryDevice,
        StoryDevice,
        StoryDevice,
        StoryDevice,
      ];
      const deeds = {
        aliceRemovesBob: alice.remove(bob),
        bobRemovesCarol: bob.remove(carol),
        carolRemovesDave: carol.remove(dave),
        daveRemovesAlice: dave.remove(alice),
      };
      return { people: { alice, bob, carol, dave }, deeds };
    },
    active: 'alice owner, carol owner',
    deeds: {
      aliceRemovesBob: 'stands',
      bobRemovesCarol: 'revoked',
      carolRemovesDave: 'stands',
      daveRemovesAlice: 'cycle',
    },
  },
  {
    title: 'Bob removes both Alice and Carol, who both remove Bob: both removals stand',
    why: 'P drops his counter-attack on Carol, who is senior; hers takes out both of his. Without P, C would void Alice’s',
    tell: (story) => {
      const [founder, carol, bob, alice] = gather(story, 'owner', 'owner', 'owner') as [
        StoryDevice,
        StoryDevice,
        StoryDevice,
        StoryDevice,
      ];
      const phone = bob.addDevice();
      for (const device of [alice, carol, phone]) device.sees(bob);
      const deeds = {
        bobRemovesAlice: bob.remove(alice),
        bobRemovesCarol: phone.remove(carol),
        aliceRemovesBob: alice.remove(bob),
        carolRemovesBob: carol.remove(bob),
      };
      return { people: { founder, alice, bob, carol }, deeds };
    },
    active: 'founder owner, alice owner, carol owner',
    deeds: {
      bobRemovesAlice: 'revoked',
      bobRemovesCarol: 'revoked',
      aliceRemovesBob: 'stands',
      carolRemovesBob: 'stands',
    },
  },
];
