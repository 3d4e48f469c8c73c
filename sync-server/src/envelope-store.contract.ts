/** What every EnvelopeStore must do; run by the memory and the SQLite store. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceId, DocumentTag, EnvelopeId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { MAX_STRUCK_KEYS } from './envelope-store.ts';
import type { EnvelopeStore, StoreWrite } from './envelope-store.ts';

const SPACE = 'a1'.repeat(32) as SpaceId;
const OTHER = 'b2'.repeat(32) as SpaceId;
const ALICE = 'c3'.repeat(32) as DeviceId;
const BOB = 'd4'.repeat(32) as DeviceId;
const CAROL = 'd5'.repeat(32) as DeviceId;
const BOX = 'e5'.repeat(32);
const idOf = (seq: number): EnvelopeId => seq.toString(16).padStart(64, '0') as EnvelopeId;
const founded = (space: SpaceId): StoreWrite => ({
  kind: 'acl',
  space,
  counter: 1,
  removed: [],
  entries: [{ key: ALICE, caps: 7, idx: 0 }],
  atMs: 5,
});
const append = (key: DeviceId, seq: number, size = 10): StoreWrite => ({
  kind: 'append',
  space: SPACE,
  key,
  seq,
  id: idOf(seq + 1),
  type: 4,
  tag: '00'.repeat(16) as DocumentTag,
  bytes: new Uint8Array(size).fill(seq),
  atMs: 9,
});

export function envelopeStoreContract(name: string, open: () => { store: EnvelopeStore; dispose: () => void }): void {
  describe(`EnvelopeStore: ${name}`, () => {
    let store: EnvelopeStore;
    let dispose: () => void;
    const keep = (batch: readonly StoreWrite[]): void => {
      store.commit(batch);
      store.syncNow();
    };
    beforeEach(() => {
      ({ store, dispose } = open());
    });
    afterEach(() => {
      store.close();
      dispose();
    });

    test('a space nobody founded is not there', () => {
      expect(store.loadSpace(SPACE)).toBeUndefined();
      expect(store.read({ by: 'chain', space: SPACE, key: ALICE, fromSeq: 0, toSeq: 9, limit: 9 })).toEqual([]);
    });

    test('[R2] Alice founds a space; her list, head and bytes come back', () => {
      keep([founded(SPACE), append(ALICE, 0), append(ALICE, 1, 30)]);
      const found = store.loadSpace(SPACE);
      expect(found).toEqual({
        acl: [{ key: ALICE, caps: 7, idx: 0 }],
        aclCounter: 1,
        bytes: 40,
        heads: new Map([[ALICE, { seq: 1, id: idOf(2) }]]),
      });
      expect(store.loadSpace(OTHER)).toBeUndefined();
    });

    test('[R4] a later list adds, removes and keeps what it does not name', () => {
      keep([founded(SPACE)]);
      keep([
        { kind: 'acl', space: SPACE, counter: 2, removed: [], entries: [{ key: BOB, caps: 3, idx: 1 }], atMs: 6 },
        append(ALICE, 0),
      ]);
      keep([
        { kind: 'acl', space: SPACE, counter: 3, removed: [BOB], entries: [{ key: CAROL, caps: 1, idx: 2 }], atMs: 7 },
      ]);
      const found = store.loadSpace(SPACE);
      expect(found?.acl).toEqual([
        { key: ALICE, caps: 7, idx: 0 },
        { key: CAROL, caps: 1, idx: 2 },
      ]);
      expect(found?.aclCounter).toBe(3);
      expect(found?.bytes).toBe(10);
    });

    test('[R4] a struck key is remembered with how far the log went then; listed again it is not', () => {
      const strike = (counter: number, removed: readonly DeviceId[]): StoreWrite => ({
        kind: 'acl',
        space: SPACE,
        counter,
        removed,
        entries: [],
        atMs: 7,
      });
      const list = (counter: number, key: DeviceId, caps = 3): StoreWrite => ({
        kind: 'acl',
        space: SPACE,
        counter,
        removed: [],
        entries: [{ key, caps, idx: counter }],
        atMs: 7,
      });
      keep([founded(SPACE), list(2, BOB), list(3, CAROL, 2), append(ALICE, 0), append(BOB, 0), append(ALICE, 1)]);
      // Within one batch, what stands before the change counts and what stands behind it does not.
      keep([append(ALICE, 2), strike(4, [BOB, CAROL]), append(ALICE, 3)]);
      const struck = store.findStruck(SPACE, BOB);
      expect([...(struck?.heads ?? [])].map(([key, { seq }]) => [key, seq]).sort()).toEqual(
        [
          [ALICE, 2],
          [BOB, 0],
        ].sort(),
      );
      const range = { fromArrival: 0, untilArrival: struck?.until ?? 0 };
      const read = store.read({ by: 'arrival', space: SPACE, ...range, limit: 9 });
      expect(read.map(({ key, seq }) => [key, seq])).toEqual([
        [ALICE, 0],
        [BOB, 0],
        [ALICE, 1],
        [ALICE, 2],
      ]);
      for (const [space, key] of [
        [SPACE, CAROL],
        [SPACE, ALICE],
        [OTHER, BOB],
      ] as const)
        expect(store.findStruck(space, key)).toBeUndefined();
      keep([list(5, BOB)]);
      expect(store.findStruck(SPACE, BOB)).toBeUndefined();
      keep([append(ALICE, 4), strike(6, [BOB])]);
      expect(store.findStruck(SPACE, BOB)?.heads.get(ALICE)?.seq).toBe(4);
    });

    test('[R4] of struck keys the last ones are remembered, and no more than so many', () => {
      const keys = Array.from(
        { length: MAX_STRUCK_KEYS + 3 },
        (_, i) => (i + 1).toString(16).padStart(64, '0') as DeviceId,
      );
      keep([founded(SPACE)]);
      keys.forEach((key, i) =>
        store.commit([
          { kind: 'acl', space: SPACE, counter: 2 + i, removed: [], entries: [{ key, caps: 1, idx: 1 }], atMs: 7 },
          { kind: 'acl', space: SPACE, counter: 2 + i, removed: [key], entries: [], atMs: 7 },
        ]),
      );
      store.syncNow();
      expect(keys.map((key) => store.findStruck(SPACE, key) !== undefined)).toEqual(keys.map((_, i) => i >= 3));
    });

    test('a chain is read by range, in order, up to the limit', () => {
      keep([founded(SPACE), ...Array.from({ length: 9 }, (_, seq) => append(ALICE, seq)), append(BOB, 0)]);
      const seqs = (fromSeq: number, toSeq: number, limit: number): number[] =>
        store.read({ by: 'chain', space: SPACE, key: ALICE, fromSeq, toSeq, limit }).map((each) => each.seq);
      expect(seqs(2, 5, 100)).toEqual([2, 3, 4, 5]);
      expect(seqs(2, 8, 3)).toEqual([2, 3, 4]);
      expect(seqs(9, 20, 3)).toEqual([]);
      const [third] = store.read({ by: 'chain', space: SPACE, key: ALICE, fromSeq: 2, toSeq: 2, limit: 1 });
      expect(third?.id).toBe(idOf(3));
      expect([...(third?.bytes ?? [])]).toEqual([...new Uint8Array(10).fill(2)]);
    });

    test('[R3] a commit becomes safe without anybody waiting, and then the next may begin', async () => {
      store.commit([founded(SPACE), append(ALICE, 0)]);
      const steps: string[] = [];
      await new Promise<void>((resolve) => {
        store.sync({
          onDurable: () => steps.push('durable'),
          onReady: () => {
            steps.push('ready');
            resolve();
          },
        });
      });
      expect(steps).toEqual(['durable', 'ready']);
      expect(store.read({ by: 'arrival', space: SPACE, fromArrival: 0, limit: 9 })).toHaveLength(1);
    });

    test('arrivals of all chains are read in the order they came, from any place on', () => {
      keep([founded(SPACE), append(ALICE, 0), append(BOB, 0), append(ALICE, 1)]);
      keep([append(BOB, 1)]);
      const all = store.read({ by: 'arrival', space: SPACE, fromArrival: 0, limit: 99 });
      expect(all.map(({ key, seq }) => [key, seq])).toEqual([
        [ALICE, 0],
        [BOB, 0],
        [ALICE, 1],
        [BOB, 1],
      ]);
      const third = all[2]?.arrival ?? 0;
      const rest = store.read({ by: 'arrival', space: SPACE, fromArrival: third, limit: 1 });
      expect(rest.map(({ key, seq }) => [key, seq])).toEqual([[ALICE, 1]]);
      expect(store.read({ by: 'arrival', space: OTHER, fromArrival: 0, limit: 9 })).toEqual([]);
    });

    test('mail waits in order of arrival, is dropped, replaced in its slot, and expires', () => {
      const put = (box: string, number: number, rest: { slot?: number; expiresAtMs?: number } = {}): StoreWrite => ({
        kind: 'mail-put',
        box,
        number,
        slot: rest.slot,
        bytes: Uint8Array.of(number),
        expiresAtMs: rest.expiresAtMs ?? 100,
      });
      const numbers = (box: string, limit = 9): number[] => store.readMail(box, limit).map((each) => each.number);
      expect(store.lastMailNumber()).toBe(0);
      keep([put(BOX, 1), put(ALICE, 2), put(BOX, 3, { expiresAtMs: 50 }), put(BOX, 4, { slot: 0 }), put(BOX, 5)]);
      expect(numbers(BOX)).toEqual([1, 3, 4, 5]);
      expect(numbers(BOX, 2)).toEqual([1, 3]);
      keep([
        { kind: 'mail-drop', box: BOX, number: 1 },
        { kind: 'mail-expire', beforeMs: 60 },
        put(BOX, 6, { slot: 0 }),
        put(ALICE, 7, { slot: 0 }),
      ]);
      expect(store.readMail(BOX, 9)).toEqual([
        { number: 5, slot: undefined, bytes: Uint8Array.of(5) },
        { number: 6, slot: 0, bytes: Uint8Array.of(6) },
      ]);
      expect(numbers(ALICE)).toEqual([2, 7]);
      keep([{ kind: 'mail-drop', box: ALICE, number: 7 }]);
      expect(store.lastMailNumber()).toBe(7);
    });
  });
}
