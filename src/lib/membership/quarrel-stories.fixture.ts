/** Quarrels that newcomers and devices are drawn into; with the removals they make the whole suite of quarrels. */
import type { EnvelopeId } from '../foundation/ids.ts';
import { gather, REMOVAL_STORIES, type QuarrelStory } from './removal-stories.fixture.ts';
import type { Story, StoryDevice } from './story.fixture.ts';

const ARRIVAL_STORIES: readonly QuarrelStory[] = [
  {
    title: 'Alice removes Bob while Bob admits Dave: the admission falls, and what Dave did with it',
    why: 'the removal attacks the admission; what Dave did has no support',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'admin', 'editor') as [StoryDevice, StoryDevice, StoryDevice];
      const invite = bob.invite('editor');
      alice.sees(bob);
      const removal = alice.remove(bob);
      const dave = bob.admit('editor', invite);
      const admission = dave.heads[0] as EnvelopeId;
      dave.addDevice();
      return {
        people: { alice, bob, carol, dave },
        deeds: { removal, admission, davesPhone: dave.heads[0] as EnvelopeId },
      };
    },
    active: 'alice owner, carol editor',
    deeds: { removal: 'stands', admission: 'revoked', davesPhone: 'unsupported' },
  },
  {
    title: 'two admins admit Dave while Alice removes one of them: Dave is in by the other',
    why: 'one admission is enough',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'admin', 'admin') as [StoryDevice, StoryDevice, StoryDevice];
      const invite = alice.invite('editor', 2);
      bob.sees(alice);
      carol.sees(alice);
      const dave = bob.admit('editor', invite);
      const byBob = dave.heads[0] as EnvelopeId;
      const byCarol = carol.admitClaim(claimAgain(story, byBob));
      return { people: { alice, bob, carol, dave }, deeds: { byBob, byCarol, removal: alice.remove(bob) } };
    },
    active: 'alice owner, carol admin, dave editor',
    deeds: { byBob: 'revoked', byCarol: 'stands', removal: 'stands' },
  },
  {
    title: 'Alice demotes Bob to editor while Bob removes Dave and links a phone: only what takes an admin falls',
    why: 'a demotion hits only what the lower role may not do',
    tell: (story) => {
      const [alice, bob, dave] = gather(story, 'admin', 'editor') as [StoryDevice, StoryDevice, StoryDevice];
      const demotion = alice.setRole(bob, 'editor');
      const removal = bob.remove(dave);
      const phone = bob.addDevice();
      return {
        people: { alice, bob, dave, phone },
        deeds: { demotion, removal, bobsPhone: phone.heads[0] as EnvelopeId },
      };
    },
    active: 'alice owner, bob editor, dave editor, phone editor',
    deeds: { demotion: 'stands', removal: 'revoked', bobsPhone: 'stands' },
  },
  {
    title: 'a stolen phone admits a stranger and removes the laptop, while the laptop removes the phone',
    why: 'P: the device that added another is senior to it',
    tell: (story) => {
      const [alice, laptop] = gather(story, 'owner') as [StoryDevice, StoryDevice];
      const phone = laptop.addDevice();
      const stranger = phone.admit('owner');
      const admission = stranger.heads[0] as EnvelopeId;
      const byPhone = phone.removeDevice(laptop);
      return {
        people: { alice, laptop, phone, stranger },
        deeds: { admission, byPhone, byLaptop: laptop.removeDevice(phone) },
      };
    },
    active: 'alice owner, laptop owner',
    deeds: { admission: 'revoked', byPhone: 'revoked', byLaptop: 'stands' },
  },
  {
    title: 'a stolen first device removes the recovery device, while the words bring a new device in: the words win',
    why: 'P: the path of what the words add begins with −1',
    tell: (story) => {
      const alice = story.founder();
      const stolen = alice.admit('owner');
      const words = (stolen.recovery as StoryDevice).sees(stolen);
      alice.sees(stolen);
      const fresh = words.addDevice();
      const byThief = stolen.removeDevice(words);
      const byWords = fresh.removeDevice(stolen);
      return { people: { alice, stolen, words, fresh }, deeds: { byThief, byWords } };
    },
    active: 'alice owner, words owner, fresh owner',
    deeds: { byThief: 'revoked', byWords: 'stands' },
  },
  {
    title: 'a stolen phone makes a device of its own: the child is not senior to its maker’s elders',
    why: 'the path of a child extends its maker’s',
    tell: (story) => {
      const [laptop] = gather(story) as [StoryDevice];
      for (let i = 0; i < 3; i++) laptop.writesContent();
      const tablet = laptop.addDevice();
      const phone = laptop.addDevice();
      const child = phone.addDevice();
      tablet.sees(child);
      return {
        people: { laptop, tablet, phone, child },
        deeds: { byChild: child.removeDevice(tablet), byTablet: tablet.removeDevice(child) },
      };
    },
    active: 'laptop owner, tablet owner, phone owner',
    deeds: { byChild: 'revoked', byTablet: 'stands' },
  },
  {
    title: 'Bob, an owner removed by Alice, backdates: he removes her, raises Carol and admits a puppet',
    why: 'all of it is attacked by the senior removal; what the puppet does has no support',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'owner', 'reader') as [StoryDevice, StoryDevice, StoryDevice];
      const removal = alice.remove(bob);
      carol.sees(alice);
      const backdated = { removesAlice: bob.remove(alice), raisesCarol: bob.setRole(carol, 'owner') };
      const puppet = bob.admit('owner');
      const admission = puppet.heads[0] as EnvelopeId;
      const puppetRemoves = puppet.remove(alice);
      return { people: { alice, bob, carol, puppet }, deeds: { removal, ...backdated, admission, puppetRemoves } };
    },
    active: 'alice owner, carol reader',
    deeds: {
      removal: 'stands',
      removesAlice: 'revoked',
      raisesCarol: 'revoked',
      admission: 'revoked',
      puppetRemoves: 'unsupported',
    },
  },
  {
    title: 'a copy of Bob’s chain appears late and admits a stranger: nobody saw that branch in time',
    why: 'F: nobody acknowledged that branch, and Alice attested the other',
    tell: (story) => {
      const [alice, bob] = gather(story, 'owner') as [StoryDevice, StoryDevice];
      const invite = bob.invite('owner', 9);
      const thief = bob.copy();
      const carol = bob.admit('owner', invite);
      const admission = carol.heads[0] as EnvelopeId;
      alice.sees(carol).attest();
      const stranger = thief.admit('owner', invite);
      return { people: { alice, bob, carol, stranger }, deeds: { admission, late: thief.heads[0] as EnvelopeId } };
    },
    active: 'alice owner, bob owner, carol owner',
    deeds: { admission: 'stands', late: 'fork-unconfirmed' },
  },
  {
    title: 'two owners give Dave different roles without knowing of each other: the lower one holds',
    why: 'replay: of role changes that did not know of each other the lowest holds',
    tell: (story) => {
      const [alice, bob, dave] = gather(story, 'owner', 'reader') as [StoryDevice, StoryDevice, StoryDevice];
      return {
        people: { alice, bob, dave },
        deeds: { admin: alice.setRole(dave, 'admin'), editor: bob.setRole(dave, 'editor') },
      };
    },
    active: 'alice owner, bob owner, dave editor',
    deeds: { admin: 'stands', editor: 'stands' },
  },
  {
    title: 'the two owners demote themselves at once: one demotion is void, the space keeps an owner',
    why: 'U: replay refuses the second in Kahn order, for the space must keep an owner [M2]',
    tell: (story) => {
      const [alice, bob] = gather(story, 'owner') as [StoryDevice, StoryDevice];
      const demotions = { first: alice.setRole(alice, 'admin'), second: bob.setRole(bob, 'admin') };
      const [first, second] = Object.values(demotions).sort() as [EnvelopeId, EnvelopeId];
      const people = demotions.first === first ? { junior: alice, owner: bob } : { junior: bob, owner: alice };
      return { people, deeds: { smallerId: first, largerId: second } };
    },
    active: 'junior admin, owner owner',
    deeds: { smallerId: 'stands', largerId: 'last-owner' },
  },
  {
    title:
      'one invitation for one, used by Bob and Carol at once: one newcomer is in, and only what that one did counts',
    why: 'U: the first in Kahn order uses it up; what the other newcomer did has no support',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'admin', 'admin') as [StoryDevice, StoryDevice, StoryDevice];
      const invite = alice.invite('editor');
      bob.sees(alice);
      carol.sees(alice);
      const newcomers = [bob.admit('editor', invite), carol.admit('editor', invite)];
      const [first, second] = newcomers.sort((a, b) => ((a.heads[0] ?? '') < (b.heads[0] ?? '') ? -1 : 1)) as [
        StoryDevice,
        StoryDevice,
      ];
      const deeds = { first: first.heads[0] as EnvelopeId, second: second.heads[0] as EnvelopeId };
      second.addDevice();
      return {
        people: { alice, bob, carol, first, second },
        deeds: { ...deeds, secondsPhone: second.heads[0] as EnvelopeId },
      };
    },
    active: 'alice owner, bob admin, carol admin, first editor',
    deeds: { first: 'stands', second: 'invite-used', secondsPhone: 'unsupported' },
  },
  {
    title: 'Mallory attests her own removal, then removes Alice as if she had not heard of it',
    why: 'M: what a chain acknowledged it cannot unknow, so the deed is void for ever',
    tell: (story) => {
      const [alice, mallory] = gather(story, 'owner') as [StoryDevice, StoryDevice];
      const before = mallory.heads;
      const removal = alice.remove(mallory);
      mallory.sees(alice).attest();
      mallory.heads = before;
      const denial = mallory.remove(alice);
      alice.sees(mallory).addDevice();
      return { people: { alice, mallory }, deeds: { removal, denial } };
    },
    active: 'alice owner',
    deeds: { removal: 'stands', denial: 'forgot-acknowledged' },
  },
  {
    title: 'Bob is removed; later Carol, who knows it, lets Dave in by a link that Bob had made',
    why: 'an invitation ends with the one who answers for it, unless another adopts it',
    tell: (story) => {
      const [alice, bob, carol] = gather(story, 'admin', 'admin') as [StoryDevice, StoryDevice, StoryDevice];
      const invite = bob.invite('editor');
      const removal = alice.sees(bob).remove(bob);
      const dave = carol.sees(alice).admit('editor', invite);
      return { people: { alice, bob, carol, dave }, deeds: { removal, admission: dave.heads[0] as EnvelopeId } };
    },
    active: 'alice owner, carol admin',
    deeds: { removal: 'stands', admission: 'invite-revoked' },
  },
  {
    title: 'Bob, demoted to reader while offline, gives Dave a role and removes him: he lacked the right by then',
    why: 'the demotion attacks what takes more than the lower role',
    tell: (story) => {
      const [alice, bob, dave] = gather(story, 'owner', 'editor') as [StoryDevice, StoryDevice, StoryDevice];
      const deeds = { demotion: alice.setRole(bob, 'reader'), promotion: bob.setRole(dave, 'admin') };
      return { people: { alice, bob, dave }, deeds: { ...deeds, removal: bob.remove(dave) } };
    },
    active: 'alice owner, bob reader, dave editor',
    deeds: { demotion: 'stands', promotion: 'revoked', removal: 'revoked' },
  },
];

export const QUARREL_STORIES: readonly QuarrelStory[] = [...REMOVAL_STORIES, ...ARRIVAL_STORIES];

/** The claim that an admission holds, to be admitted again by someone else. */
function claimAgain(story: Story, admission: EnvelopeId): Parameters<StoryDevice['admitClaim']>[0] {
  const operation = story.graph.find(admission)?.entry.record.operation;
  if (operation?.op !== 'admit') throw new Error('not an admission');
  return operation.claim;
}
