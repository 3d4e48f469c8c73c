/** What every LogStore must do; each adapter runs this suite over its own disk. */
import { describe, expect, it } from 'vitest';
import { ZERO_TAG } from '../foundation/ids.ts';
import { chainOf, deviceNamed, entryAfter, envelopeIdNamed, spaceNamed, tagNamed } from './log-entries.fixture.ts';
import type { ChainHead, LogEntry, LogStore, StoredEntry } from './log-store.ts';

export interface LogStoreDisk {
  /** Another store over the same disk: another tab, or the same device after a restart. */
  open(): LogStore;
  remove(): Promise<void>;
}

const space = spaceNamed('family');
const alice = deviceNamed('alice');
const bob = deviceNamed('bob');

export function describeLogStore(name: string, makeDisk: () => LogStoreDisk): void {
  const withStore = async (story: (store: LogStore, disk: LogStoreDisk) => Promise<void>) => {
    const disk = makeDisk();
    try {
      await story(disk.open(), disk);
    } finally {
      await disk.remove();
    }
  };
  describe(`${name} as a LogStore: append`, () => {
    describeAppend(withStore);
  });
  describe(`${name} as a LogStore: insert`, () => {
    describeInsert(withStore);
  });
  describe(`${name} as a LogStore: cut`, () => {
    describeCut(withStore);
  });
  describe(`${name} as a LogStore: read`, () => {
    describeRead(withStore);
  });
}

type WithStore = (story: (store: LogStore, disk: LogStoreDisk) => Promise<void>) => Promise<void>;

function appendOne(store: LogStore, content: string): Promise<readonly StoredEntry[]> {
  return store.append(space, alice, (head) => [entryAfter({ space, author: alice, head, content })]);
}

function describeAppend(withStore: WithStore): void {
  it('[C1] Alice appends: the seal is given her head, and her chain stays dense', () =>
    withStore(async (store) => {
      const seen: (ChainHead | undefined)[] = [];
      for (const content of ['a', 'b', 'c']) {
        await store.append(space, alice, (head) => {
          seen.push(head);
          return [entryAfter({ space, author: alice, head, content })];
        });
      }
      const chain = await store.read(space, { by: 'author', author: alice, fromSeq: 0, limit: 10 });
      expect(chain.map((entry) => entry.seq)).toEqual([0, 1, 2]);
      expect(seen).toMatchObject([undefined, { seq: 0, id: chain[0]?.id }, { seq: 1, id: chain[1]?.id }]);
      expect((await store.heads(space)).get(alice)).toEqual({ seq: 2, id: chain[2]?.id, governanceSeq: -1 });
    }));

  it('[C1] several entries sealed at once are stored as one, in order', () =>
    withStore(async (store) => {
      const chain = chainOf({ space, author: alice }, 5);
      const stored = await store.append(space, alice, () => chain);
      expect(stored.map((entry) => entry.id)).toEqual(chain.map((entry) => entry.id));
      expect(await store.read(space, { by: 'arrival', afterPosition: 0, limit: 10 })).toEqual(stored);
    }));

  it('[C1] nothing is stored when sealing fails, and the failure reaches the caller', () =>
    withStore(async (store) => {
      await appendOne(store, 'first');
      const broken = store.append(space, alice, () => {
        throw new RangeError('locked meanwhile');
      });
      await expect(broken).rejects.toThrow('locked meanwhile');
      expect((await store.heads(space)).get(alice)?.seq).toBe(0);
    }));

  it('[C1] a seal that does not continue its chain is refused as our own bug', () =>
    withStore(async (store) => {
      await appendOne(store, 'first');
      const stale = store.append(space, alice, () => [
        entryAfter({ space, author: alice, head: undefined, content: 'again' }),
      ]);
      await expect(stale).rejects.toThrow('continues its chain');
    }));

  it('[C1] two tabs of Alice append at the same time and never fork her chain', () =>
    withStore(async (first, disk) => {
      const second = disk.open();
      const tabs = [first, second];
      await Promise.all(Array.from({ length: 40 }, (_, i) => appendOne(tabs[i % 2] ?? first, `edit ${String(i)}`)));
      const chain = await second.read(space, { by: 'author', author: alice, fromSeq: 0, limit: 100 });
      expect(chain.map((entry) => entry.seq)).toEqual(Array.from({ length: 40 }, (_, i) => i));
      for (const [i, entry] of chain.entries()) if (i > 0) expect(entry.prev).toBe(chain[i - 1]?.id);
      expect(new Set(chain.map((entry) => entry.position)).size).toBe(40);
    }));

  it('[C1] what was appended is still there after a restart', () =>
    withStore(async (store, disk) => {
      const [entry] = await appendOne(store, 'kept');
      const reopened = disk.open();
      expect(await reopened.read(space, { by: 'arrival', afterPosition: 0, limit: 10 })).toEqual([entry]);
      expect(await reopened.spaces()).toEqual([space]);
    }));
}

function describeInsert(withStore: WithStore): void {
  it("[S6] Bob's chain is stored once however often it arrives", () =>
    withStore(async (store) => {
      const chain = chainOf({ space, author: bob }, 3);
      const first = await store.insert(space, chain);
      expect(first.map((outcome) => outcome.kind)).toEqual(['stored', 'stored', 'stored']);
      const again = await store.insert(space, [...chain, ...chain]);
      expect(again.map((outcome) => outcome.kind)).toEqual(Array.from({ length: 6 }, () => 'known'));
      expect(await store.read(space, { by: 'arrival', afterPosition: 0, limit: 10 })).toHaveLength(3);
    }));

  it('[S6] a doubled entry inside one batch is known the second time', () =>
    withStore(async (store) => {
      const [entry] = chainOf({ space, author: bob }, 1) as [LogEntry];
      const outcomes = await store.insert(space, [entry, entry]);
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['stored', 'known']);
    }));

  it('[C4] an entry past the head is a gap that names the seq it waits for', () =>
    withStore(async (store) => {
      const chain = chainOf({ space, author: bob }, 4);
      expect(await store.insert(space, chain.slice(0, 1))).toMatchObject([{ kind: 'stored' }]);
      expect(await store.insert(space, chain.slice(2))).toEqual([
        { kind: 'gap', expected: 1 },
        { kind: 'gap', expected: 1 },
      ]);
      expect((await store.heads(space)).get(bob)?.seq).toBe(0);
    }));

  it('[C4] a second entry at the same seq is a fork that names the held one', () =>
    withStore(async (store) => {
      const [held, after] = chainOf({ space, author: bob }, 2) as [LogEntry, LogEntry];
      await store.insert(space, [held, after]);
      const twin = entryAfter({ space, author: bob, head: undefined, content: 'twin' });
      expect(await store.insert(space, [twin])).toEqual([{ kind: 'fork', held: held.id }]);
      const stranger = entryAfter({ space, author: bob, head: { seq: 1, id: envelopeIdNamed('elsewhere') } });
      expect(await store.insert(space, [stranger])).toEqual([{ kind: 'fork', held: after.id }]);
    }));

  it('one bad entry does not keep the good ones of its batch out', () =>
    withStore(async (store) => {
      const bobs = chainOf({ space, author: bob }, 3);
      const alices = chainOf({ space, author: alice }, 2);
      const outcomes = await store.insert(space, [bobs[1], alices[0], bobs[0], alices[1], bobs[1]] as LogEntry[]);
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['gap', 'stored', 'stored', 'stored', 'stored']);
    }));

  it('[S6] two tabs insert the same chain at the same time and store it once', () =>
    withStore(async (first, disk) => {
      const second = disk.open();
      const chain = chainOf({ space, author: bob }, 50);
      const [a, b] = await Promise.all([first.insert(space, chain), second.insert(space, chain)]);
      const kinds = [a, b].map((outcomes) => outcomes.map((outcome) => outcome.kind));
      expect(kinds.flat().filter((kind) => kind === 'stored')).toHaveLength(50);
      expect(kinds.flat().filter((kind) => kind === 'known')).toHaveLength(50);
    }));
}

function describeCut(withStore: WithStore): void {
  it('[C2] a chain is taken back to a place, others stay, and another branch may follow there', () =>
    withStore(async (store, disk) => {
      const bobs = await store.insert(space, chainOf({ space, author: bob }, 2));
      const kinds = ['genesis', 'update', 'membership', 'update'] as const;
      for (const type of kinds)
        await store.append(space, alice, (head) => [entryAfter({ space, author: alice, head, type, content: type })]);
      const taken = await store.cut(space, alice, 2);
      expect(taken.map(({ seq, type }) => [seq, type])).toEqual([
        [2, 'membership'],
        [3, 'update'],
      ]);
      const reopened = disk.open();
      const head = (await reopened.heads(space)).get(alice);
      expect(head).toMatchObject({ seq: 1, governanceSeq: 0 });
      expect((await reopened.heads(space)).get(bob)?.seq).toBe(1);
      const other = entryAfter({ space, author: alice, head, content: 'the other branch' });
      expect(await reopened.insert(space, [other])).toMatchObject([{ kind: 'stored' }]);
      const arrival = await reopened.read(space, { by: 'arrival', afterPosition: 0, limit: 10 });
      expect(arrival.map(({ id }) => id)).toContain(other.id);
      expect(arrival).toHaveLength(5);
      expect(arrival.map(({ position }) => position)).toEqual([...new Set(arrival.map(({ position }) => position))]);
      expect(bobs).toHaveLength(2);
    }));

  it('[C2] a whole chain may go; what is not there is not taken', () =>
    withStore(async (store) => {
      await store.insert(space, chainOf({ space, author: bob }, 3));
      expect(await store.cut(space, bob, 3)).toEqual([]);
      expect(await store.cut(space, alice, 0)).toEqual([]);
      expect(await store.cut(space, bob, 0)).toHaveLength(3);
      expect((await store.heads(space)).has(bob)).toBe(false);
      expect(await store.insert(space, chainOf({ space, author: bob }, 1))).toMatchObject([{ kind: 'stored' }]);
    }));
}

function describeRead(withStore: WithStore): void {
  const notes = tagNamed('notes');
  const board = tagNamed('board');

  const fill = async (store: LogStore): Promise<readonly StoredEntry[]> => {
    const kinds = [
      { type: 'genesis', tag: ZERO_TAG },
      { type: 'epoch', tag: ZERO_TAG },
      { type: 'update', tag: notes },
      { type: 'update', tag: board },
      { type: 'snapshot', tag: notes },
      { type: 'membership', tag: ZERO_TAG },
      { type: 'update', tag: notes },
    ] as const;
    const stored: StoredEntry[] = [];
    for (const kind of kinds) {
      stored.push(
        ...(await store.append(space, alice, (head) => [entryAfter({ space, author: alice, head, ...kind })])),
      );
    }
    return stored;
  };

  it('reads by tag, by type and by arrival, oldest first, after a position and within a limit', () =>
    withStore(async (store) => {
      const all = await fill(store);
      expect((await store.heads(space)).get(alice)).toMatchObject({ seq: 6, governanceSeq: 5 });
      const seqs = async (query: Parameters<LogStore['read']>[1]) =>
        (await store.read(space, query)).map((entry) => entry.seq);
      expect(await seqs({ by: 'tags', tags: [notes], afterPosition: 0, limit: 10 })).toEqual([2, 4, 6]);
      expect(await seqs({ by: 'tags', tags: [board, notes], afterPosition: 0, limit: 3 })).toEqual([2, 3, 4]);
      expect(await seqs({ by: 'tags', tags: [notes], afterPosition: all[2]?.position ?? 0, limit: 10 })).toEqual([
        4, 6,
      ]);
      expect(await seqs({ by: 'tags', tags: [ZERO_TAG, board], afterPosition: 0, limit: 10 })).toEqual([0, 1, 3, 5]);
      expect(
        await seqs({ by: 'types', types: ['membership', 'genesis', 'epoch'], afterPosition: 0, limit: 10 }),
      ).toEqual([0, 1, 5]);
      expect(await seqs({ by: 'types', types: ['snapshot', 'epoch'], afterPosition: 0, limit: 10 })).toEqual([1, 4]);
      expect(await seqs({ by: 'arrival', afterPosition: all[4]?.position ?? 0, limit: 10 })).toEqual([5, 6]);
      expect(await seqs({ by: 'author', author: alice, fromSeq: 5, limit: 10 })).toEqual([5, 6]);
      expect(await seqs({ by: 'author', author: alice, fromSeq: 1, limit: 2 })).toEqual([1, 2]);
      expect(await seqs({ by: 'author', author: bob, fromSeq: 0, limit: 10 })).toEqual([]);
    }));

  it('gives back exactly the bytes and fields that were stored', () =>
    withStore(async (store) => {
      const [sealed] = chainOf({ space, author: bob, tag: notes, content: 'as sent' }, 1) as [LogEntry];
      await store.insert(space, [sealed]);
      const [read] = (await store.read(space, { by: 'arrival', afterPosition: 0, limit: 1 })) as [StoredEntry];
      expect(read).toEqual({ ...sealed, position: read.position });
    }));

  it('spaces do not see each other, and erasing one leaves the other whole', () =>
    withStore(async (store) => {
      const work = spaceNamed('work');
      await fill(store);
      await store.insert(work, chainOf({ space: work, author: alice }, 2));
      expect(await store.spaces()).toEqual([space, work].sort());
      expect((await store.heads(work)).size).toBe(1);
      await store.erase(space);
      expect(await store.spaces()).toEqual([work]);
      expect(await store.read(space, { by: 'arrival', afterPosition: 0, limit: 10 })).toEqual([]);
      expect((await store.heads(space)).size).toBe(0);
      expect(await store.read(work, { by: 'arrival', afterPosition: 0, limit: 10 })).toHaveLength(2);
    }));
}
