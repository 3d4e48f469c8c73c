import { describe, expect, test } from 'vitest';
import type { EnvelopeId } from '../foundation/ids.ts';
import { emptyHistory, judge, replicaOf } from './replica.fixture.ts';
import { Story, type StoryDevice } from './story.fixture.ts';

describe('[M5] a late operation that changes the outcome is announced', () => {
  test('Alice’s removal of Bob comes late: his admission of Carol falls, and this is said', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('admin');
    const carol = bob.admit('editor');
    const before = [...story.entries];
    const removal = alice.remove(bob);
    const history = emptyHistory();
    for (const entry of before) history.addOperation(entry);
    const earlier = history.current();
    for (const entry of story.entries) history.addOperation(entry);
    const invite = story.entries.find(({ author }) => author === bob.id)?.id;
    expect(history.compare(earlier, history.current())).toEqual(
      expect.arrayContaining([
        { id: carol.heads[0], now: { reason: 'revoked', by: removal } },
        { id: invite, now: { reason: 'revoked', by: removal } },
      ]),
    );
    expect(history.compare(history.current(), history.current())).toEqual([]);
  });
});

describe('[Note: mref] heads announced before they are used', () => {
  test('Bob announces what is new to him once, and his own operations announce themselves', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('admin');
    const history = replicaOf(story);
    expect(history.findAnnouncement(alice.id)).toBeUndefined();
    expect(history.findAnnouncement(bob.id)).toEqual(alice.heads);
    history.addAttest({ author: bob.id, seq: 0, heads: alice.heads, held: [] });
    expect(history.findAnnouncement(bob.id)).toBeUndefined();
    expect(history.findHeads(history.mrefFor(bob.id))).toEqual(alice.heads);
  });

  test('an operation that the replica waits for makes content wait, and its arrival judges it', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('editor');
    const history = emptyHistory();
    const heads = bob.heads;
    expect(judge(history, { by: bob, seq: 1, heads })).toEqual({ refused: 'unknown-membership' });
    history.addAttest({ author: bob.id, seq: 0, heads, held: [] });
    expect(judge(history, { by: bob, seq: 1, heads })).toEqual({ refused: 'unknown-membership' });
    for (const entry of story.entries) history.addOperation(entry);
    expect(judge(history, { by: bob, seq: 1, heads })).toBe('accepted');
  });

  test('with more than sixteen heads an author takes sixteen, its own memory among them, and merges the rest later', () => {
    const story = new Story();
    const alice = story.founder();
    const many = Array.from({ length: 20 }, () => alice.admit('admin'));
    for (const admin of many) admin.sees(alice);
    for (const admin of many) admin.write({ op: 'device.rekey', kem: new Uint8Array([1]) });
    const history = replicaOf(story);
    const [bob] = many as [StoryDevice];
    const heads = history.headsFor(bob.id);
    expect(heads.length).toBe(16);
    expect(heads).toEqual(expect.arrayContaining([...bob.heads]));
    bob.heads = heads;
    bob.write({ op: 'device.rekey', kem: new Uint8Array([2]) });
    const later = replicaOf(story);
    expect(later.headsFor(bob.id).length).toBe(5);
    expect(later.current().voids.size).toBe(0);
  });

  test('rule M is found from the chain itself, and a sibling of a fork leaves the chain as it was', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('owner');
    const twin = bob.copy();
    bob.addDevice();
    alice.sees(bob).addDevice();
    const late = twin.admit('owner').heads[0] as EnvelopeId;
    const history = emptyHistory();
    const siblings = story.entries.slice(-2);
    for (const entry of story.entries.slice(0, -2)) history.addOperation(entry);
    const before = history.headsFor(bob.id);
    const [first] = siblings;
    if (first === undefined) throw new Error('no sibling');
    history.openBranch(first.id, { of: bob.id, seq: first.seq });
    expect(history.addOperation(first, first.id)).toEqual({ ok: true, value: 'added' });
    expect(history.graph.forkedDevices().has(bob.id)).toBe(true);
    expect(history.current().voids.get(first.id)?.reason).toBe('fork-unconfirmed');
    expect(late).toBeDefined();
    expect(before.every((id) => history.headsFor(bob.id).includes(id))).toBe(true);
  });
});
