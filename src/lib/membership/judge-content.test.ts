import { describe, expect, test } from 'vitest';
import type { EnvelopeId } from '../foundation/ids.ts';
import type { ContentType } from './judge-content.ts';
import { judge, KINDS, replicaOf } from './replica.fixture.ts';
import { Story, StoryDevice } from './story.fixture.ts';

describe('[M9] [G9] a role allows kinds, whatever the client', () => {
  const story = new Story();
  const alice = story.founder();
  const people = {
    owner: alice,
    admin: alice.admit('admin'),
    editor: alice.admit('editor'),
    commenter: alice.admit('commenter'),
    reader: alice.admit('reader'),
  };
  const history = replicaOf(story);
  const kindsOf = (by: StoryDevice, type: ContentType): readonly string[] => {
    const heads = alice.heads;
    return Object.entries(KINDS).flatMap(([name, kind]) =>
      judge(history, { by, seq: 99, heads, type, kind }) === 'accepted' ? [name] : [],
    );
  };

  test('owners, admins and editors write everything; commenters talk and vote; readers nothing', () => {
    for (const type of ['update', 'snapshot'] as const) {
      for (const role of ['owner', 'admin', 'editor'] as const)
        expect(kindsOf(people[role], type)).toEqual(Object.keys(KINDS));
      expect(kindsOf(people.commenter, type)).toEqual(['channel', 'comments', 'votes']);
      expect(kindsOf(people.reader, type)).toEqual([]);
    }
  });

  test('epochs take an editor [K1]; boxes, attests, presence and signals any member', () => {
    const accepted = (type: ContentType): readonly string[] =>
      Object.entries(people).flatMap(([role, by]) =>
        judge(history, { by, seq: 9, heads: alice.heads, type, kind: 0 }) === 'accepted' ? [role] : [],
      );
    expect(accepted('epoch')).toEqual(['owner', 'admin', 'editor']);
    for (const type of ['keybox', 'attest', 'presence', 'signal'] as const)
      expect(accepted(type)).toEqual(Object.keys(people));
  });

  test('each refusal has its code', () => {
    const stranger = new StoryDevice(story, story.newDeviceId(), alice.member);
    const heads = alice.heads;
    expect(judge(history, { by: people.reader, seq: 9, heads })).toEqual({ refused: 'role-forbids' });
    expect(judge(history, { by: alice, seq: 9, heads, kind: 0 })).toEqual({ refused: 'kind-mismatch' });
    expect(judge(history, { by: alice, seq: 9, heads, kind: 7 })).toEqual({ refused: 'kind-mismatch' });
    expect(judge(history, { by: stranger, seq: 0, heads })).toEqual({ refused: 'not-a-member' });
    expect(judge(history, { by: alice, seq: 9, heads: [story.newEnvelopeId()] })).toEqual({
      refused: 'unknown-membership',
    });
  });
});

describe('[M8] work of removed and demoted devices', () => {
  function removal(): {
    story: Story;
    alice: StoryDevice;
    bob: StoryDevice;
    carol: StoryDevice;
    heads: readonly EnvelopeId[];
  } {
    const story = new Story();
    const alice = story.founder();
    const [bob, carol] = [alice.admit('editor'), alice.admit('reader')];
    bob.sees(alice);
    const heads = bob.heads;
    for (let i = 0; i < 6; i++) bob.writesContent();
    return { story, alice, bob, carol, heads };
  }

  test('what Alice had when she removed Bob stays; what came later is kept apart, not lost', () => {
    const { story, alice, bob, heads } = removal();
    alice.remove(bob, 3);
    const history = replicaOf(story);
    expect([2, 3, 4, 5].map((seq) => judge(history, { by: bob, seq, heads }))).toEqual([
      'accepted',
      'accepted',
      'quarantined',
      'quarantined',
    ]);
  });

  test('work that knows of its author’s removal is refused', () => {
    const { story, alice, bob } = removal();
    alice.remove(bob, 3);
    expect(judge(replicaOf(story), { by: bob, seq: 2, heads: alice.heads })).toEqual({ refused: 'after-removal' });
  });

  test('Carol held more of Bob’s work and did not know of the removal: that much counts', () => {
    const { story, alice, bob, carol, heads } = removal();
    carol.attest([{ device: bob.id, seq: 4 }]);
    alice.remove(bob, 3);
    const history = replicaOf(story);
    expect([4, 5].map((seq) => judge(history, { by: bob, seq, heads }))).toEqual(['accepted', 'quarantined']);
  });

  test('Bob cannot vouch for himself, nor can those who knew of the removal or are out themselves', () => {
    const { story, alice, bob, carol, heads } = removal();
    const mallory = alice.admit('reader');
    const phone = bob.addDevice();
    phone.attest([{ device: bob.id, seq: 5 }]);
    mallory.attest([{ device: bob.id, seq: 5 }]);
    alice.sees(phone).remove(mallory, 9);
    alice.remove(bob, 3);
    carol.sees(alice).attest([{ device: bob.id, seq: 5 }]);
    expect(judge(replicaOf(story), { by: bob, seq: 5, heads })).toBe('quarantined');
  });

  test('of two removals that did not know of each other the higher cutoff counts', () => {
    const { story, alice, bob, heads } = removal();
    const other = alice.addDevice();
    alice.remove(bob, 2);
    other.remove(bob, 4);
    const history = replicaOf(story);
    expect([4, 5].map((seq) => judge(history, { by: bob, seq, heads }))).toEqual(['accepted', 'quarantined']);
  });

  test('a demotion to commenter cuts pages, and leaves comments as they are', () => {
    const { story, alice, bob, heads } = removal();
    alice.setRole(bob, 'commenter', 3);
    const history = replicaOf(story);
    expect(judge(history, { by: bob, seq: 3, heads })).toBe('accepted');
    expect(judge(history, { by: bob, seq: 4, heads })).toBe('quarantined');
    expect(judge(history, { by: bob, seq: 4, heads, kind: KINDS.comments })).toBe('accepted');
    expect(judge(history, { by: bob, seq: 4, heads: alice.heads })).toEqual({ refused: 'role-forbids' });
  });

  test('a removed device is cut, the other devices of its owner are not', () => {
    const { story, alice, bob } = removal();
    const phone = bob.addDevice();
    const { heads } = bob;
    alice.sees(bob).removeDevice(phone, 1);
    const history = replicaOf(story);
    expect([1, 2].map((seq) => judge(history, { by: phone, seq, heads }))).toEqual(['accepted', 'quarantined']);
    expect(judge(history, { by: bob, seq: 99, heads })).toBe('accepted');
  });

  test('admins adopt or reject late work', () => {
    const { story, alice, bob, heads } = removal();
    alice.remove(bob, 3);
    const [adopted, rejected] = [story.newEnvelopeId(), story.newEnvelopeId()];
    alice.write({ op: 'adopt', envelopes: [adopted], reason: 'good work' });
    alice.write({ op: 'reject', envelopes: [rejected], reason: 'spam' });
    const history = replicaOf(story);
    expect(judge(history, { by: bob, seq: 4, heads, id: adopted })).toBe('accepted');
    expect(judge(history, { by: bob, seq: 5, heads, id: rejected })).toEqual({ refused: 'after-removal' });
  });

  test('adoption does not make a reader an editor', () => {
    const { story, alice, carol } = removal();
    const id = story.newEnvelopeId();
    alice.write({ op: 'adopt', envelopes: [id], reason: '' });
    expect(judge(replicaOf(story), { by: carol, seq: 0, heads: alice.heads, id })).toEqual({ refused: 'role-forbids' });
  });

  test('an entry cannot unknow what its chain acknowledged, whatever older heads it names', () => {
    const { story, alice, bob, heads } = removal();
    alice.remove(bob, 9);
    bob.sees(alice).attest();
    const history = replicaOf(story);
    expect(judge(history, { by: bob, seq: bob.seq, heads })).toEqual({ refused: 'after-removal' });
    expect(judge(history, { by: bob, seq: 2, heads })).toBe('accepted');
  });

  test('work under an admission that fell is quarantined, but for what others had attested', () => {
    const { story, alice, carol } = removal();
    const sponsor = alice.admit('admin');
    carol.sees(alice);
    const { heads: before } = sponsor;
    const dave = sponsor.admit('editor');
    const { heads } = dave;
    carol.sees(dave).attest([{ device: dave.id, seq: 1 }]);
    expect(before.length).toBe(1);
    alice.remove(sponsor, 0);
    const history = replicaOf(story);
    expect(history.current().device(dave.id)).toBeUndefined();
    expect([1, 2].map((seq) => judge(history, { by: dave, seq, heads }))).toEqual(['accepted', 'quarantined']);
  });

  test('Mallory, a removed owner, backdates a promotion: what her accomplice writes under it is quarantined', () => {
    const { story, alice, carol } = removal();
    const mallory = alice.admit('owner');
    alice.remove(mallory);
    mallory.setRole(carol, 'editor');
    const heads = mallory.heads;
    expect(judge(replicaOf(story), { by: carol, seq: 0, heads })).toBe('quarantined');
  });
});
