import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../../tests/support/ready-automerge.ts';
import { concatBytes, hexToBytes } from '../../foundation/bytes.ts';
import { A, fixedText, type Doc } from '../automerge.ts';
import { boardSchema } from '../board/board-schema.ts';
import { GENESIS_ACTOR } from '../document-schema.ts';
import {
  contentsOf,
  forgeChange,
  leb,
  nextOn,
  run,
  sealChunk,
  sealColumns,
  signedLeb,
  type ForgedOp,
} from '../testing/chunk-forge.ts';
import { GateWorld, actorBytes } from '../testing/gate-world.ts';

beforeAll(readyAutomergeInNode);

type Tasks = Record<string, Record<string, unknown>>;
const tasksOf = (draft: Doc) => draft['tasks'] as Tasks;
const addTask = (id: string, title: string) => (draft: Doc) => {
  tasksOf(draft)[id] = { title: fixedText(title), checklist: {} };
};

let world: GateWorld;
/** Object id of the task that Alice made. */
let task: string;

beforeEach(() => {
  world = new GateWorld(boardSchema);
  expect(world.verdict('alice', world.changeBy('alice', addTask('t', 'Sweep')))).toBe('admitted');
  task = A.getObjectId(tasksOf(world.doc)['t']!)!;
});

const set = (op: Partial<ForgedOp>): ForgedOp => ({
  action: 'set',
  obj: '_root',
  key: 'k',
  value: 'z',
  pred: [],
  ...op,
});
const byMallory = (ops: readonly ForgedOp[], over: Partial<ReturnType<typeof nextOn>> = {}) =>
  forgeChange({ ...nextOn(world.doc, world.actor('mallory')), ...over, ops });

describe('a change of another device', () => {
  test('is admitted when it is sound, and is a no-op the second time', () => {
    const change = world.changeBy('bob', addTask('u', 'Cook'));
    expect(world.verdict('bob', change)).toBe('admitted');
    expect(world.verdict('bob', change)).toBe('known');
    expect(Object.keys(tasksOf(world.doc))).toEqual(['t', 'u']);
  });

  test('[G1] a compressed chunk, a document chunk and a truncated one are refused without a look inside', () => {
    const change = world.changeBy('mallory', addTask('u', 'x'.repeat(500)));
    expect(world.verdict('mallory', sealChunk(contentsOf(change), 2))).toBe('gate-compressed');
    expect(world.verdict('mallory', sealChunk(contentsOf(change), 0))).toBe('unknown-type');
    expect(world.verdict('mallory', change.subarray(0, 5))).toBe('truncated');
    expect(world.verdict('mallory', change.subarray(0, 60))).toBe('malformed');
    expect(world.verdict('mallory', concatBytes(change, change))).toBe('malformed');
    const flipped = change.slice();
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] ?? 0) ^ 1;
    expect(world.verdict('mallory', flipped)).toBe('bad-checksum');
    world.proveAlive();
  });

  test('[G2] nobody writes as another device, as the beginning, or under a number used before', () => {
    const asAlice = forgeChange({ ...nextOn(world.doc, world.actor('alice')), ops: [set({})] });
    expect(world.verdict('mallory', asAlice)).toBe('gate-actor');
    const asGenesis = forgeChange({ ...nextOn(world.doc, GENESIS_ACTOR), ops: [set({})] });
    expect(world.verdict('mallory', asGenesis)).toBe('gate-actor');
    expect(world.verdict('mallory', byMallory([set({})], { seq: 2 }))).toBe('gate-sequence');
    expect(world.verdict('mallory', byMallory([set({})]))).toBe('admitted');
    expect(world.verdict('mallory', byMallory([set({ value: 'again' })], { seq: 1 }))).toBe('gate-sequence');
    // Without its own last change in its past, its op numbers could repeat.
    const { deps } = nextOn(world.doc, 'x');
    const before = A.getChangesMetaSince(world.doc, [])
      .filter((meta) => meta.actor !== world.actor('mallory'))
      .at(-1)!;
    expect(deps).not.toContain(before.hash);
    expect(world.verdict('mallory', byMallory([set({})], { deps: [before.hash], startOp: before.maxOp + 1 }))).toBe(
      'gate-sequence',
    );
    expect(world.verdict('alice', world.changeBy('alice', addTask('v', 'Mine still')))).toBe('admitted');
    world.proveAlive();
  });

  test('[G3] what lacks its past waits, follows once it is there, and fills no memory', () => {
    const bob = A.change(world.replicaOf('bob'), { time: 0 }, addTask('u', 'One'));
    const later = A.change(bob, { time: 0 }, addTask('w', 'Two'));
    const [first, second] = A.getChangesSince(later, A.getHeads(world.doc));
    expect(world.verdict('bob', second!)).toBe('pending');
    expect(world.verdict('bob', first!)).toBe('admitted');
    expect(Object.keys(tasksOf(world.doc))).toEqual(['t', 'u', 'w']);
    const nowhere = ['ab'.repeat(32)];
    const orphans = Array.from({ length: 1_100 }, (_, i) => byMallory([set({})], { deps: nowhere, seq: i + 1 }));
    world.submit(...orphans.map((bytes) => world.submission('mallory', bytes)));
    expect(world.gate.pendingCount).toBe(1_024);
    expect(world.gate.hasDropped).toBe(true);
    world.proveAlive();
  });

  test('[G4] op numbers lie right behind what the change has seen', () => {
    const { startOp } = nextOn(world.doc, world.actor('mallory'));
    expect(world.verdict('mallory', byMallory([set({})], { startOp: startOp - 1 }))).toBe('gate-op-range');
    expect(world.verdict('mallory', byMallory([set({})], { startOp: startOp + 2 ** 20 + 1 }))).toBe('gate-op-range');
    expect(world.verdict('mallory', byMallory([set({})], { startOp: startOp + 2 ** 20 }))).toBe('admitted');
    world.proveAlive();
  });

  test('[G5] every object, element and predecessor it names is in its past', () => {
    const mallory = world.actor('mallory');
    const { startOp } = nextOn(world.doc, mallory);
    const alice = world.actor('alice');
    const unknown = [
      set({ obj: `999@${alice}` }),
      set({ obj: `${startOp}@${mallory}` }),
      set({ obj: `1@${'77'.repeat(16)}` }),
      set({ pred: [`999@${alice}`] }),
      set({ pred: [`${startOp}@${mallory}`] }),
      { action: 'del', obj: task, elemId: `999@${alice}`, pred: [`999@${alice}`] },
    ];
    for (const op of unknown)
      expect(world.verdict('mallory', byMallory([op])), JSON.stringify(op)).toBe('gate-unknown-object');
    world.proveAlive();
  });

  test('[G5] an id that exists, but not in this change’s past, is unknown to it', () => {
    const { deps, startOp } = nextOn(world.doc, world.actor('mallory'));
    const bob = world.changeBy('bob', (draft) => Object.assign(draft, { later: 1 }));
    const pred = [`${startOp}@${world.actor('bob')}`];
    const change = byMallory([set({ key: 'later', pred })], { deps });
    expect(world.verdict('bob', bob)).toBe('admitted');
    expect(world.verdict('mallory', change)).toBe('gate-unknown-object');
    world.proveAlive();
  });

  test('[G5] the containers of a document cannot be put aside', () => {
    expect(world.verdict('mallory', byMallory([{ action: 'makeMap', obj: '_root', key: 'tasks', pred: [] }]))).toBe(
      'gate-authorship',
    );
    world.proveAlive();
  });

  test('[G6] what only Automerge can find is found on a clone, and the rest of the batch still applies', () => {
    const title = A.getBackend(world.doc).getAll(task, 'title')[0]?.[2];
    const poison: readonly ForgedOp[] = [
      set({ key: 'title', pred: [title as string] }),
      { action: 'del', obj: '_root', key: 'k', pred: [] },
      set({ obj: title as string }),
      { action: 'del', obj: '_root', key: 'title', pred: [task] },
    ];
    for (const op of poison) {
      const before = Object.keys(tasksOf(world.doc)).length;
      const bad = world.submission('mallory', byMallory([op]));
      const first = world.submission('bob', world.changeBy('bob', addTask(`b${before}`, 'Before')));
      const last = world.submission('carol', world.changeBy('carol', addTask(`c${before}`, 'After')));
      const { admitted, voided, quarantined } = world.submit(first, bad, last);
      expect([admitted.length, quarantined.length, voided], JSON.stringify(op)).toEqual([
        2,
        0,
        [{ id: bad.id, position: bad.position, code: 'gate-proof' }],
      ]);
      expect(Object.keys(tasksOf(world.doc))).toHaveLength(before + 2);
      world.proveAlive();
    }
  });

  test('[G8] the verdict does not depend on what else has arrived', () => {
    const bad = byMallory([set({ key: 'title', pred: [task] })]);
    const bob = world.changeBy('bob', addTask('u', 'One'));
    const carol = world.changeBy('carol', (draft) => (tasksOf(draft)['t']!['title'] = fixedText('Carol’s')));
    const codes = [
      [bad, bob, carol],
      [bob, bad, carol],
      [carol, bob, bad],
    ].map((order) => {
      const fresh = new GateWorld(boardSchema);
      fresh.submit(fresh.submission('alice', A.getAllChanges(world.doc)[1]!));
      const names = new Map([
        [bad, 'mallory'],
        [bob, 'bob'],
        [carol, 'carol'],
      ]);
      const { voided } = fresh.submit(...order.map((bytes) => fresh.submission(names.get(bytes)!, bytes)));
      return [voided.map((refused) => refused.code), A.getHeads(fresh.doc)];
    });
    expect(codes[1]).toEqual(codes[0]);
    expect(codes[2]).toEqual(codes[0]);
    expect(codes[0]?.[0]).toEqual(['gate-proof']);
  });
});

test('what is shown after a removal among concurrent values is what loading shows', () => {
  const base = world.doc;
  const of = (name: string) => world.replicaOf(name);
  const title = (value: string) => (draft: Doc) => (tasksOf(draft)['t']!['title'] = fixedText(value));
  const edit = (doc: Doc, change: (draft: Doc) => void) => A.change(doc, { time: 0 }, change);
  const merge = (doc: Doc, other: Doc) => A.applyChanges(doc, A.getChangesSince(other, A.getHeads(base)))[0];
  const shown = (doc: Doc) => JSON.stringify(tasksOf(doc)['t']!['title'] ?? null);
  const carol = edit(of('carol'), title('1'));
  const bob = edit(edit(merge(of('bob'), carol), title('2')), (draft) =>
    Reflect.deleteProperty(tasksOf(draft)['t']!, 'title'),
  );
  const alice = edit(edit(of('alice'), title('0')), title('0 again'));
  const chunks = (doc: Doc, name: string) =>
    A.getChangesSince(doc, A.getHeads(base)).filter((chunk) => A.decodeChange(chunk).actor === world.actor(name));
  world.submit(...chunks(carol, 'carol').map((chunk) => world.submission('carol', chunk)));
  const rest = [
    ...chunks(alice, 'alice').map((chunk) => ['alice', chunk] as const),
    ...chunks(bob, 'bob').map((chunk) => ['bob', chunk] as const),
  ];
  const { admitted } = world.submit(...rest.map(([name, chunk]) => world.submission(name, chunk)));
  expect(admitted).toHaveLength(4);
  expect(shown(world.doc)).toBe(shown(A.load<Record<string, unknown>>(A.save(world.doc))));
});

describe('floods and bombs', () => {
  const raw = (columns: readonly (readonly [number, Uint8Array])[]) => {
    const { deps, startOp } = nextOn(world.doc, world.actor('mallory'));
    return sealColumns({ deps: deps.map(hexToBytes), actor: actorBytes(world.actor('mallory')), startOp, columns });
  };
  const key = concatBytes(leb(1), Uint8Array.of(0x61));

  test('[G4] more than 50,000 operations are refused from a few bytes, without making them', () => {
    for (const count of [50_001, 2 ** 31, 2 ** 52]) {
      expect(
        world.verdict(
          'mallory',
          raw([
            [0x15, run(count, key)],
            [0x42, run(count, leb(1))],
          ]),
        ),
      ).toBe('gate-op-count');
    }
    const nulls = concatBytes(signedLeb(0), leb(2 ** 40));
    expect(world.verdict('mallory', raw([[0x42, nulls]]))).toBe('gate-op-count');
    expect(
      world.verdict(
        'mallory',
        raw([
          [0x34, leb(2 ** 40)],
          [0x42, run(1, leb(1))],
        ]),
      ),
    ).toBe('gate-op-count');
    expect(
      world.verdict(
        'mallory',
        raw([
          [0x15, run(1, key)],
          [0x42, run(1, leb(1))],
          [0x70, run(1, leb(2 ** 40))],
        ]),
      ),
    ).toBe('malformed');
    world.proveAlive();
  });

  test('[G1] a run of one long key does not inflate', () => {
    const long = concatBytes(leb(100_000), new Uint8Array(100_000).fill(0x61));
    expect(
      world.verdict(
        'mallory',
        raw([
          [0x15, run(50_000, long)],
          [0x42, run(50_000, leb(1))],
        ]),
      ),
    ).toBe('gate-inflation');
    world.proveAlive();
  });

  test('[G4] a value longer than 4 MiB is refused', () => {
    const value = new Uint8Array(4 * 2 ** 20 + 1).fill(0x61);
    const columns = [
      [0x15, run(1, key)],
      [0x42, run(1, leb(1))],
      [0x56, run(1, leb(value.length * 16 + 6))],
      [0x57, value],
    ] as const;
    expect(world.verdict('mallory', raw(columns))).toBe('gate-inflation');
    world.proveAlive();
  });
});
