import { describe, expect, test } from 'vitest';
import type { EnvelopeId, InviteId } from '../foundation/ids.ts';
import type { Role } from '../protocol/membership-op.ts';
import { isInviteStanding } from './invite-standing.ts';
import { gather } from './removal-stories.fixture.ts';
import { Story, type StoryDevice } from './story.fixture.ts';

/** Bob, an admin or owner, made an invitation that Alice and Carol know of. */
function scene(bobs: 'admin' | 'owner' = 'admin', invited: Role = 'editor') {
  const story = new Story(3);
  const [alice, bob, carol] = gather(story, bobs, 'admin') as [StoryDevice, StoryDevice, StoryDevice];
  const invite = bob.invite(invited, 5);
  const made = bob.heads[0] as EnvelopeId;
  alice.sees(bob);
  carol.sees(bob);
  return { story, alice, bob, carol, invite, made };
}

function isOpen(story: Story, invite: InviteId): boolean {
  const state = story.resolve();
  return isInviteStanding(state, state.invites.get(invite)!);
}

/** Why the admission of a newcomer with this invitation is void; undefined when it stands. */
function admitted(by: StoryDevice, role: Role, invite: InviteId) {
  const newcomer = by.admit(role, invite);
  return by.story.reason(newcomer.heads[0] as EnvelopeId);
}

describe('[I4][M9] an invitation lives as long as the one who answers for it may make it', () => {
  test('Bob invites and is removed: nobody comes in by his link any more', () => {
    const { story, alice, carol, bob, invite } = scene();
    expect(isOpen(story, invite)).toBe(true);
    alice.remove(bob);
    expect(isOpen(story, invite)).toBe(false);
    expect(admitted(carol.sees(alice), 'editor', invite)).toBe('invite-revoked');
  });

  test('the same when Bob leaves, and when he is demoted below what inviting takes', () => {
    const left = scene();
    left.bob.write({ op: 'leave' });
    expect(admitted(left.carol.sees(left.bob), 'editor', left.invite)).toBe('invite-revoked');
    const demoted = scene();
    demoted.alice.setRole(demoted.bob, 'editor');
    expect(admitted(demoted.carol.sees(demoted.alice), 'editor', demoted.invite)).toBe('invite-revoked');
  });

  test('Bob, an owner, invites an admin and becomes an admin himself: that link is dead, one for editors lives', () => {
    const { alice, bob, story, invite } = scene('owner', 'admin');
    const forEditors = bob.invite('editor');
    alice.sees(bob).setRole(bob, 'admin');
    expect(isOpen(story, invite)).toBe(false);
    expect(isOpen(story, forEditors)).toBe(true);
    expect(admitted(bob.sees(alice), 'editor', forEditors)).toBeUndefined();
  });

  test('Carol adopts it: it is hers now, and ends with her', () => {
    const { story, alice, bob, carol, invite, made } = scene();
    alice.remove(bob);
    carol.sees(alice).write({ op: 'adopt', envelopes: [made], reason: 'Dave was promised a place' });
    expect(isOpen(story, invite)).toBe(true);
    expect(admitted(alice.sees(carol), 'editor', invite)).toBeUndefined();
    alice.remove(carol);
    expect(admitted(alice, 'editor', invite)).toBe('invite-revoked');
  });

  test('an admin adopts no invitation that takes an owner, nor takes one from who still answers for it', () => {
    const { story, alice, bob, carol, invite, made } = scene('owner', 'admin');
    carol.write({ op: 'adopt', envelopes: [made], reason: '' });
    expect(story.resolve().invites.get(invite)?.keeper).toBe(bob.member);
    alice.sees(carol).remove(bob);
    carol.sees(alice).write({ op: 'adopt', envelopes: [made], reason: '' });
    expect(isOpen(story, invite)).toBe(false);
  });

  test('an invitation revoked outright stays so, whoever adopts it', () => {
    const { story, alice, bob, carol, invite, made } = scene();
    bob.write({ op: 'invite.revoke', inviteId: invite });
    alice.sees(bob).remove(bob);
    carol.sees(alice).write({ op: 'adopt', envelopes: [made], reason: '' });
    expect(isOpen(story, invite)).toBe(false);
  });

  test('Carol admits by it without knowing of the removal: what she knew counts', () => {
    const { alice, bob, carol, invite } = scene();
    alice.remove(bob);
    expect(admitted(carol, 'editor', invite)).toBeUndefined();
  });

  test('Carol, removed at once with her adoption: who came in by it is out with it', () => {
    const { story, alice, bob, carol, invite, made } = scene();
    alice.remove(bob);
    carol.sees(alice).write({ op: 'adopt', envelopes: [made], reason: '' });
    const admin = alice.admit('admin');
    alice.remove(carol);
    const newcomer = admin.sees(carol).admit('editor', invite);
    expect(story.reason(newcomer.heads[0] as EnvelopeId)).toBe('unsupported');
    expect(story.resolve().roleOf(newcomer.id)).toBeUndefined();
  });
});
