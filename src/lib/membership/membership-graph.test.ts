import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvelopeId } from '../foundation/ids.ts';
import { findFirstComponent } from './first-component.ts';
import { HexMap } from './hex-map.ts';
import { MAX_PENDING_PER_AUTHOR, MembershipGraph, type MembershipEntry } from './membership-graph.ts';
import { randomHistory } from './random-history.fixture.ts';
import { FORGED, Story } from './story.fixture.ts';

describe('the graph', () => {
  test('an operation whose parents are missing waits and joins by itself', () => {
    const story = new Story();
    const alice = story.founder();
    alice.admit('editor').addDevice();
    const graph = new MembershipGraph();
    const outcomes = [...story.entries].reverse().map((entry) => graph.add(entry));
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(['pending', 'pending', 'pending', 'added']);
    expect(graph.heads()).toEqual(story.graph.heads());
    expect(graph.pendingCount).toBe(0);
    expect(graph.add(story.entries[0] as MembershipEntry)).toEqual({ ok: true, value: 'known' });
  });

  test('it says what it waits for', () => {
    const story = new Story();
    const alice = story.founder();
    alice.addDevice().addDevice();
    const graph = new MembershipGraph();
    const [genesis, first, second] = story.entries as [MembershipEntry, MembershipEntry, MembershipEntry];
    graph.add(second);
    graph.add(first);
    expect(graph.missing()).toEqual([genesis.id]);
  });

  test('one device cannot make it hold more than its share of waiting operations', () => {
    const story = new Story();
    const alice = story.founder();
    for (let i = 0; i <= MAX_PENDING_PER_AUTHOR; i++) alice.write({ op: 'leave' });
    const graph = new MembershipGraph();
    const refused = story.entries
      .slice(1)
      .map((entry) => graph.add(entry))
      .filter((outcome) => !outcome.ok);
    expect(refused).toEqual([{ ok: false, error: { code: 'quota-exceeded', detail: 'pending operations' } }]);
    expect(graph.pendingCount).toBe(MAX_PENDING_PER_AUTHOR);
  });

  test('a second genesis, unsorted or too many parents, an orphan: refused, and nothing changed', () => {
    const story = new Story();
    story.founder();
    const [genesis] = story.entries as [MembershipEntry];
    const ids = Array.from({ length: 17 }, () => story.newEnvelopeId()).sort();
    const before = story.graph.heads();
    const shaped = (changes: Partial<MembershipEntry>, parents: readonly EnvelopeId[]): MembershipEntry => {
      return {
        ...genesis,
        id: story.newEnvelopeId(),
        seq: 1,
        record: { parents, operation: { op: 'leave' } },
        ...changes,
      };
    };
    const bad = [
      { ...genesis, id: story.newEnvelopeId() },
      { ...genesis, id: story.newEnvelopeId(), author: story.newDeviceId() },
      shaped({}, []),
      shaped({}, ids),
      shaped({}, [ids[1] as EnvelopeId, ids[0] as EnvelopeId]),
      shaped({}, [ids[0] as EnvelopeId, ids[0] as EnvelopeId]),
    ];
    for (const entry of bad) expect(story.graph.add(entry)).toMatchObject({ ok: false, error: { code: 'malformed' } });
    expect(story.graph.heads()).toEqual(before);
    expect(story.graph.pendingCount).toBe(0);
  });

  test('of attests with the same heads it keeps one, with the highest positions', () => {
    const story = new Story();
    const alice = story.founder();
    alice.attest([{ device: alice.id, seq: 3 }]);
    alice.attest([{ device: alice.id, seq: 2 }]);
    expect(story.graph.attests().map(({ seq, held }) => [seq, held])).toEqual([[2, [{ device: alice.id, seq: 3 }]]]);
    alice.addDevice();
    alice.attest();
    expect(story.graph.attestCount).toBe(2);
  });

  test('[M1] what lies in the past of what is the same as a walk over the parents says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const { graph } = randomHistory({ seed, steps: 60, isHostile: true });
        for (const { entry } of graph.nodes()) {
          const walked = new Set<EnvelopeId>([entry.id]);
          for (const id of walked) for (const parent of graph.find(id)?.entry.record.parents ?? []) walked.add(parent);
          for (const other of graph.nodes()) {
            expect(graph.isKnownAt(other.entry.id, [entry.id])).toBe(walked.has(other.entry.id));
          }
          expect(graph.past(entry.id).length).toBe(walked.size);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('rule M', () => {
  test('[M3] Mallory attests that she saw her removal and then acts as if she had not: void for ever', () => {
    const story = new Story();
    const alice = story.founder();
    const mallory = alice.admit('owner');
    const before = mallory.heads;
    alice.remove(mallory);
    mallory.sees(alice).attest();
    mallory.heads = before;
    const denial = mallory.remove(alice);
    expect(story.graph.find(denial)?.keepsMemory).toBe(false);
    expect(story.resolve().isActiveDevice(alice.id)).toBe(true);
    // It is no head, so that honest operations need not build on it; who builds on it is told.
    expect(story.graph.heads()).not.toContain(denial);
  });

  test('denying once does not help: later operations of that chain must remember all of it', () => {
    const story = new Story();
    const alice = story.founder();
    const mallory = alice.admit('owner');
    const before = mallory.heads;
    alice.addDevice();
    mallory.sees(alice).attest();
    mallory.heads = before;
    const denial = mallory.write({ op: 'leave' });
    const after = mallory.write({ op: 'leave' });
    expect(story.graph.find(denial)?.keepsMemory).toBe(false);
    expect(story.graph.find(after)?.keepsMemory).toBe(false);
    mallory.sees(alice);
    expect(story.graph.find(mallory.write({ op: 'device.rekey', kem: new Uint8Array([9]) }))?.keepsMemory).toBe(true);
  });
});

describe('rule F', () => {
  test('both branches of a fork count when other members acknowledged each without the other', () => {
    const story = new Story();
    const alice = story.founder();
    const [bob, carol] = [alice.admit('owner'), alice.admit('owner')];
    bob.sees(alice);
    const twin = alice.copy();
    const one = alice.admit('editor').heads[0] as EnvelopeId;
    const other = twin.admit('editor').heads[0] as EnvelopeId;
    expect([story.reason(one), story.reason(other)]).toEqual(['fork-unconfirmed', 'fork-unconfirmed']);
    bob.sees(alice).addDevice();
    expect([story.reason(one), story.reason(other)]).toEqual([undefined, 'fork-unconfirmed']);
    carol.sees(twin).attest();
    expect([story.reason(one), story.reason(other)]).toEqual([undefined, undefined]);
  });

  test('a device of the same person, a stranger or someone removed cannot confirm a branch', () => {
    const story = new Story();
    const alice = story.founder();
    const phone = alice.addDevice();
    const mallory = alice.admit('owner');
    alice.remove(mallory);
    const twin = alice.copy();
    const late = twin.admit('owner').heads[0] as EnvelopeId;
    alice.addDevice();
    phone.sees(twin).attest();
    mallory.sees(twin).attest();
    expect(story.reason(late)).toBe('fork-unconfirmed');
  });
});

describe('signatures', () => {
  test('[I2] a forged claim or card is void in the eyes of everyone', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('editor');
    const admission = story.entries.find(({ record }) => record.operation.op === 'admit')?.record.operation;
    if (admission?.op !== 'admit') throw new Error('no admission');
    const original = admission.claim;
    const forged = new Uint8Array([FORGED]);
    const fresh = {
      memberId: story.newMemberId(),
      recovery: { device: story.newDeviceId(), kem: new Uint8Array(1) },
      keys: { device: story.newDeviceId(), kem: new Uint8Array(1) },
    };
    const claims = [
      { ...original, ...fresh, inviteSignature: forged },
      { ...original, ...fresh, deviceSignature: forged },
      { ...original, ...fresh, card: { ...original.card, signature: forged } },
      { ...original, ...fresh, role: 'reader' as const },
    ];
    for (const claim of claims) {
      const invite = alice.invite('editor');
      const { op, memberId } = { op: 'admit' as const, memberId: claim.memberId };
      const id = alice.write({ op, memberId, role: 'editor', claim: { ...claim, inviteId: invite } });
      expect(story.reason(id)).toBe('claim-invalid');
    }
    expect(story.reason(bob.write({ op: 'card.set', card: { ...story.card('Bob'), signature: forged } }))).toBe(
      'card-invalid',
    );
    const name = bob.write({ op: 'card.set', card: story.card('Robert') });
    expect(story.reason(name)).toBeUndefined();
    expect(story.resolve().member(bob.member)?.card?.name).toBe('Robert');
  });
});

describe('structures', () => {
  test('a hex map answers as a plain map does and lists by id', () => {
    const key = fc.stringMatching(/^[0-3]{6}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.integer()), { maxLength: 60 }), (pairs) => {
        const plain = new Map(pairs);
        const map = pairs.reduce((all, [k, v]) => all.set(k, v), HexMap.empty<string, number>());
        expect(map.size).toBe(plain.size);
        expect([...map.entries()]).toEqual([...plain.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
        for (const [k, v] of plain) expect(map.get(k)).toBe(v);
      }),
    );
  });

  test('setting in a hex map leaves the older map as it was', () => {
    const one = HexMap.empty<string, number>().set('ab', 1).set('ac', 2);
    const two = one.set('ab', 3);
    expect([one.get('ab'), two.get('ab'), two.get('ac'), one.has('ad')]).toEqual([1, 3, 2, false]);
  });

  test('the first component is one that nothing outside leads into, and holds the smallest id of those', () => {
    const edges: Readonly<Record<string, readonly string[]>> = {
      b: ['c'],
      c: ['b', 'a'],
      a: ['d'],
      d: ['a'],
      f: ['e'],
      e: ['f'],
    };
    const component = findFirstComponent(Object.keys(edges), { idOf: (v) => v, successors: (v) => edges[v] ?? [] });
    expect([...component].sort()).toEqual(['b', 'c']);
  });
});
