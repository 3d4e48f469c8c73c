import { describe, expect, test } from 'vitest';
import type { EnvelopeId } from '../foundation/ids.ts';
import { ROLES, type Role } from '../protocol/membership-op.ts';
import type { VoidReason } from './membership-state.ts';
import { Story, type StoryDevice } from './story.fixture.ts';

interface Cast {
  readonly story: Story;
  readonly actor: StoryDevice;
  readonly others: Readonly<Record<Role, StoryDevice>>;
}

/** Alice founds, and there is one other of each role; the actor has the asked role. */
function cast(role: Role): Cast {
  const story = new Story();
  const alice = story.founder();
  const others = Object.fromEntries(ROLES.map((other) => [other, alice.admit(other)])) as Record<Role, StoryDevice>;
  const actor = alice.admit(role);
  return { story, actor, others };
}

function fate(role: Role, deed: (cast: Cast) => EnvelopeId): VoidReason | 'stands' {
  const actors = cast(role);
  return actors.story.reason(deed(actors)) ?? 'stands';
}

function rolesThat(deed: (cast: Cast) => EnvelopeId): readonly Role[] {
  return ROLES.filter((role) => {
    const outcome = fate(role, deed);
    if (outcome !== 'stands') expect(outcome).toBe('role-forbids');
    return outcome === 'stands';
  });
}

const ALL: readonly Role[] = ROLES;
const ADMINS: readonly Role[] = ['admin', 'owner'];
const OWNERS: readonly Role[] = ['owner'];

describe('[M9] who may do what', () => {
  test.each([
    ['invite an editor', ADMINS, ({ actor }: Cast) => (actor.invite('editor'), actor.heads[0] as EnvelopeId)],
    ['invite an admin', OWNERS, ({ actor }: Cast) => (actor.invite('admin'), actor.heads[0] as EnvelopeId)],
    ['remove an editor', ADMINS, ({ actor, others }: Cast) => actor.remove(others.editor)],
    ['remove an admin', OWNERS, ({ actor, others }: Cast) => actor.remove(others.admin)],
    ['remove an owner', OWNERS, ({ actor, others }: Cast) => actor.remove(others.owner)],
    ['set a role', OWNERS, ({ actor, others }: Cast) => actor.setRole(others.reader, 'editor')],
    ['add a device of their own', ALL, ({ actor }: Cast) => actor.addDevice().heads[0] as EnvelopeId],
    ['remove a device of their own', ALL, ({ actor }: Cast) => actor.removeDevice(actor.addDevice())],
    ['remove a device of another', OWNERS, ({ actor, others }: Cast) => actor.removeDevice(others.owner)],
    ['leave', ALL, ({ actor }: Cast) => actor.write({ op: 'leave' })],
    ['adopt late work', ADMINS, ({ actor }: Cast) => actor.write({ op: 'adopt', envelopes: [], reason: '' })],
    ['reject late work', ADMINS, ({ actor }: Cast) => actor.write({ op: 'reject', envelopes: [], reason: '' })],
    ['set the policy', OWNERS, ({ actor }: Cast) => actor.write({ op: 'policy.set', policy: { historyFrom: 'join' } })],
    ['raise the suite', OWNERS, ({ actor }: Cast) => actor.write({ op: 'suite.upgrade', suite: 2 })],
    ['set their own card', ALL, ({ actor, story }: Cast) => actor.write({ op: 'card.set', card: story.card('Me') })],
    ['replace their own key', ALL, ({ actor }: Cast) => actor.write({ op: 'device.rekey', kem: new Uint8Array([7]) })],
  ] as const)('%s: %j', (_title, roles, deed) => {
    expect(rolesThat(deed)).toEqual(roles);
  });

  test('an admin may not use an owner’s invitation to make another admin', () => {
    const { story, others } = cast('owner');
    const invite = others.owner.invite('admin');
    const mallory = others.admin.sees(others.owner).admit('admin', invite);
    expect(story.reason(mallory.heads[0] as EnvelopeId)).toBe('role-forbids');
  });

  test('nobody removes themselves: one leaves', () => {
    expect(fate('owner', ({ actor }) => actor.remove(actor))).toBe('unknown-target');
  });

  test('what a device does after it was removed is void', () => {
    const { story, actor, others } = cast('owner');
    actor.remove(others.admin);
    expect(story.reason(others.admin.sees(actor).invite('editor') && (others.admin.heads[0] as EnvelopeId))).toBe(
      'author-not-active',
    );
  });

  test('the suite only rises', () => {
    const { story, actor } = cast('owner');
    actor.write({ op: 'suite.upgrade', suite: 3 });
    expect(story.reason(actor.write({ op: 'suite.upgrade', suite: 2 }))).toBe('suite-lower');
    expect(story.resolve().suite).toBe(3);
  });
});

describe('invitations', () => {
  test('an invitation for two admits two, a third is void', () => {
    const { story, actor } = cast('admin');
    const invite = actor.invite('editor', 2);
    const admissions = [1, 2, 3].map(() => actor.admit('editor', invite).heads[0] as EnvelopeId);
    expect(admissions.map((id) => story.reason(id))).toEqual([undefined, undefined, 'invite-used']);
    expect(story.resolve().invites.get(invite)?.uses).toBe(2);
  });

  test('a revoked invitation admits nobody who comes after; an unknown one nobody', () => {
    const { story, actor } = cast('admin');
    const invite = actor.invite('editor');
    actor.write({ op: 'invite.revoke', inviteId: invite });
    expect(story.reason(actor.admit('editor', invite).heads[0] as EnvelopeId)).toBe('invite-revoked');
    expect(story.reason(actor.admit('editor', story.newInviteId()).heads[0] as EnvelopeId)).toBe('invite-unknown');
  });

  test('an admission for another role than the invitation’s is void', () => {
    const { story, actor } = cast('owner');
    expect(story.reason(actor.admit('admin', actor.invite('editor')).heads[0] as EnvelopeId)).toBe('claim-invalid');
  });

  test('admitting someone who is in changes nothing', () => {
    const { story, actor } = cast('owner');
    const bob = actor.admit('editor');
    const before = story.resolve();
    const claim = story.entries.at(-1)?.record.operation;
    if (claim?.op !== 'admit') throw new Error('no admission');
    const again = actor.admitClaim({ ...claim.claim, inviteId: actor.invite('editor') });
    expect(story.reason(again)).toBe('already-known');
    expect(story.resolve().member(bob.member)).toEqual(before.member(bob.member));
  });
});

describe('ownership', () => {
  test('[M2] the last owner can neither be demoted nor lose the last device, but may leave', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('admin');
    expect(story.reason(alice.setRole(alice, 'editor'))).toBe('last-owner');
    alice.removeDevice(alice.recovery as StoryDevice);
    expect(story.reason(alice.removeDevice(alice))).toBe('last-owner');
    expect(story.reason(alice.write({ op: 'leave' }))).toBeUndefined();
    expect(story.resolve().ownerCount).toBe(0);
    expect(story.resolve().roleOf(bob.id)).toBe('admin');
  });

  test('[M2] when the last owner left, the highest role may claim ownership, and only then', () => {
    const story = new Story();
    const alice = story.founder();
    const [bob, carol] = [alice.admit('admin'), alice.admit('editor')];
    expect(story.reason(bob.sees(alice).write({ op: 'claim.ownership' }))).toBe('owner-remains');
    alice.write({ op: 'leave' });
    expect(story.reason(carol.sees(alice).write({ op: 'claim.ownership' }))).toBe('role-forbids');
    expect(story.reason(bob.sees(alice).write({ op: 'claim.ownership' }))).toBeUndefined();
    expect(story.resolve().roleOf(bob.id)).toBe('owner');
  });
});

describe('devices', () => {
  test('a new key takes the place of the old one', () => {
    const { story, actor } = cast('reader');
    actor.write({ op: 'device.rekey', kem: new Uint8Array([42]) });
    expect(story.resolve().device(actor.id)?.kem).toEqual(new Uint8Array([42]));
  });

  test('a removal names the device and its cutoff alike', () => {
    const { story, actor, others } = cast('owner');
    const cutoff = { device: others.reader.id, seq: 0, id: story.newEnvelopeId() };
    expect(story.reason(actor.write({ op: 'device.remove', device: others.editor.id, cutoff }))).toBe('unknown-target');
  });

  test('recovery devices come with founder and claim, and act for their member', () => {
    const { story, actor } = cast('editor');
    const recovery = (actor.recovery as StoryDevice).sees(actor);
    const fresh = recovery.addDevice();
    expect(story.resolve().roleOf(fresh.id)).toBe('editor');
    expect(story.resolve().device(recovery.id)?.isRecovery).toBe(true);
  });
});
