import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import type { DocumentId, MemberId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import type { DocumentEdit } from './document-edits.ts';
import { newDocumentId, type DocumentKind } from './document-kind.ts';
import { ManualTime, SeededRandom } from './testing/manual-time.ts';
import { MemoryNetwork, TEST_SPACE } from './testing/memory-engine.ts';
import { TestPeer } from './testing/test-peer.ts';
import { TASK_STATUSES, type BoardView, type ChannelView, type DocumentView, type IndexView } from './views.ts';

beforeAll(readyAutomergeInNode);

const RUNS = process.env['SLOW'] === '1' ? 400 : 12;
const STEPS = 40;
const NAMES = ['alice', 'bob', 'carol'];

/** A random edit that makes sense to someone who sees `view`. */
type Propose = (view: DocumentView, random: SeededRandom, me: TestPeer) => DocumentEdit;

const pick = <T>(random: SeededRandom, from: readonly T[]): T | undefined => from[random.below(from.length)];
const newId = (random: SeededRandom): string =>
  [...random.bytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const proposeBoard: Propose = (view, random) => {
  const { tasks } = view as BoardView;
  const task = pick(random, tasks);
  const status = pick(random, TASK_STATUSES) ?? 'todo';
  if (task === undefined || random.below(5) === 0)
    return { edit: 'task.add', id: newId(random), fields: { title: newId(random), status } };
  const item = pick(random, task.checklist)?.id;
  const inColumn = tasks.filter((each) => each.status === status && each.id !== task.id);
  const edits: DocumentEdit[] = [
    { edit: 'task.set', id: task.id, fields: { title: newId(random) } },
    {
      edit: 'task.set',
      id: task.id,
      fields: { status, due: `2026-11-2${random.below(10)}`, assignee: 'ab'.repeat(16) as MemberId },
    },
    { edit: 'task.set', id: task.id, fields: { due: null, assignee: null } },
    {
      edit: 'task.move',
      id: task.id,
      status,
      after: random.below(2) === 0 ? null : (pick(random, inColumn)?.id ?? null),
    },
    { edit: 'task.move', id: task.id, status, after: pick(random, inColumn)?.id ?? null },
    { edit: 'check.add', id: task.id, item: newId(random), text: 'x' },
    ...(item === undefined ? [] : [{ edit: 'check.set' as const, id: task.id, item, isDone: random.below(2) === 0 }]),
    ...(item === undefined ? [] : [{ edit: 'check.delete' as const, id: task.id, item }]),
    ...(random.below(4) === 0 ? [{ edit: 'task.delete' as const, id: task.id }] : []),
  ];
  return pick(random, edits)!;
};

const proposeIndex: Propose = (view, random) => {
  const { items } = view as IndexView;
  const pages = items.filter((item) => item.kind === 'page');
  const item = pick(random, items);
  const add = (): DocumentEdit => {
    const kind = pick(random, ['page', 'page', 'page', 'board', 'channel'] as const) ?? 'page';
    const parent = kind === 'page' && random.below(2) === 0 ? (pick(random, pages)?.document ?? null) : null;
    return { edit: 'item.add', document: newDocumentId(kind, random), kind, title: newId(random), parent };
  };
  if (item === undefined || random.below(4) === 0) return add();
  if (random.below(2) === 0 && pages.length > 1) {
    const page = pick(random, pages)!;
    const parent =
      random.below(3) === 0
        ? null
        : pick(
            random,
            pages.filter((each) => !isUnder(pages, each.document, page.document)),
          )?.document;
    const siblings = pages.filter((each) => each.parent === (parent ?? null) && each.document !== page.document);
    return {
      edit: 'item.move',
      document: page.document,
      parent: parent ?? null,
      after: random.below(2) === 0 ? null : (pick(random, siblings)?.document ?? null),
    };
  }
  const edits: DocumentEdit[] = [
    { edit: 'item.rename', document: item.document, title: newId(random) },
    { edit: 'item.trash', document: item.document },
    { edit: 'item.restore', document: item.document },
    { edit: 'space.rename', name: newId(random) },
  ];
  return pick(random, edits)!;
};

function isUnder(pages: IndexView['items'], document: DocumentId, ancestor: DocumentId): boolean {
  for (
    let at: DocumentId | null = document;
    at !== null;
    at = pages.find((page) => page.document === at)?.parent ?? null
  ) {
    if (at === ancestor) return true;
  }
  return false;
}

const proposeChannel: Propose = (view, random, me) => {
  const { messages } = view as ChannelView;
  const mine = pick(
    random,
    messages.filter((message) => message.author === me.engine.member && !message.isDeleted),
  );
  const any = pick(random, messages);
  const edits: DocumentEdit[] = [
    { edit: 'message.send', id: newId(random), text: newId(random), ...(any === undefined ? {} : { replyTo: any.id }) },
    ...(any === undefined
      ? []
      : [{ edit: 'reaction.toggle' as const, id: any.id, emoji: pick(random, ['👍', '🎉'])! }]),
    ...(mine === undefined ? [] : [{ edit: 'message.edit' as const, id: mine.id, text: newId(random) }]),
    ...(mine === undefined ? [] : [{ edit: 'message.delete' as const, id: mine.id }]),
  ];
  return pick(random, edits)!;
};

interface History {
  readonly views: readonly DocumentView[];
  readonly peers: readonly TestPeer[];
}

async function live(kind: DocumentKind, propose: Propose, seed: number): Promise<History> {
  const random = new SeededRandom(seed);
  const network = new MemoryNetwork();
  const time = new ManualTime();
  const peers = NAMES.map((name, i) => new TestPeer(network.join(name), time, seed + i));
  const document = newDocumentId(kind, random);
  for (const peer of peers) unwrap(await peer.session.open(TEST_SPACE, document));
  const look = async (peer: TestPeer): Promise<DocumentView> =>
    unwrap(await peer.session.readView(TEST_SPACE, document));
  for (let step = 0; step < STEPS; step++) {
    const peer = pick(random, peers)!;
    const act = random.below(10);
    if (act < 6) await peer.edit(document, propose(await look(peer), random, peer));
    else if (act < 9) peer.engine.deliverOne((count) => random.below(count));
    else if (random.below(2) === 0)
      await (random.below(2) === 0 ? peer.session.undo(TEST_SPACE, document) : peer.session.redo(TEST_SPACE, document));
    if (random.below(3) === 0) await time.advance(random.below(300));
  }
  network.deliverAll();
  await time.advance(5_000);
  const newcomer = new TestPeer(network.join('dora'), time, seed + 9);
  newcomer.engine.take(peers[0]!.engine.log);
  const views = await Promise.all([...peers, newcomer].map(look));
  for (const peer of peers) expect(peer.engine.voided.size).toBe(0);
  return { views, peers };
}

function converge(kind: DocumentKind, propose: Propose, check: (view: DocumentView) => void): Promise<void> {
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
    const { views } = await live(kind, propose, seed);
    for (const view of views) expect(view).toEqual(views[0]);
    check(views[0]!);
  });
  // 17: a third value beside a conflict does not change the record's identity.
  return fc.assert(property, { numRuns: RUNS, examples: [[17]] });
}

test('three boards under random edits and deliveries end up equal, and so does a newcomer’s', () =>
  converge('board', proposeBoard, (view) => {
    const ids = (view as BoardView).tasks.map((task) => task.id);
    expect(new Set(ids).size).toBe(ids.length);
  }));

test('three indexes end up equal, with every page in the tree once and no circle in it', () =>
  converge('index', proposeIndex, (view) => {
    const { items } = view as IndexView;
    const depths = new Map<DocumentId, number>();
    for (const item of items) {
      expect(depths.has(item.document)).toBe(false);
      depths.set(item.document, item.depth);
      if (item.kind === 'page' && item.parent !== null && item.trashedAt === undefined)
        expect(depths.get(item.parent)).toBe(item.depth - 1);
    }
  }));

test('[C5] three channels end up equal, answers after what they answer', () =>
  converge('channel', proposeChannel, (view) => {
    const seen = new Set<string>();
    for (const message of (view as ChannelView).messages) {
      seen.add(message.id);
      if (message.replyTo !== undefined) expect(seen.has(message.replyTo)).toBe(true);
    }
  }));
