import { beforeAll, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import type { DocumentId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { newDocumentId } from './document-kind.ts';
import { TestPeer } from './testing/test-peer.ts';
import { MemoryNetwork, TEST_SPACE } from './testing/memory-engine.ts';
import { ManualTime, SeededRandom } from './testing/manual-time.ts';
import type { BoardView, ChannelView, IndexView } from './views.ts';

beforeAll(readyAutomergeInNode);

const ids = new SeededRandom(11);
const BOARD = newDocumentId('board', ids);
const CHANNEL = newDocumentId('channel', ids);
const INDEX = newDocumentId('index', ids);

function world() {
  const network = new MemoryNetwork();
  const time = new ManualTime();
  const peer = (name: string, member = name) =>
    new TestPeer(network.join(name, member), time, name.length * 7 + name.charCodeAt(0));
  return { network, time, alice: peer('alice'), bob: peer('bob'), peer };
}

async function view<T>(peer: TestPeer, document: DocumentId): Promise<T> {
  return unwrap(await peer.session.readView(TEST_SPACE, document)) as T;
}

describe('a session over the engine side', () => {
  test('Bob sees the task Alice added before he opened the board, and the one she adds while it is open', async () => {
    const { network, time, alice, bob } = world();
    await alice.edit(BOARD, { edit: 'task.add', id: 't1', fields: { title: 'Sweep' } });
    network.deliverAll();
    await bob.session.open(TEST_SPACE, BOARD);
    expect((await view<BoardView>(bob, BOARD)).tasks.map((task) => task.title)).toEqual(['Sweep']);
    await alice.edit(BOARD, { edit: 'task.add', id: 't2', fields: { title: 'Cook', due: '2026-12-01' } });
    network.deliverAll();
    await time.advance(200);
    const shown = bob.lastView(BOARD) as BoardView;
    expect(shown.tasks.map((task) => [task.title, task.status, task.due])).toEqual([
      ['Sweep', 'todo', undefined],
      ['Cook', 'todo', '2026-12-01'],
    ]);
    expect(shown.tasks[0]?.createdBy).toBe(alice.engine.member);
  });

  test('two first writers who never met share their containers', async () => {
    const { network, time, alice, bob } = world();
    await alice.edit(BOARD, { edit: 'task.add', id: 'a', fields: { title: 'From Alice' } });
    await bob.edit(BOARD, { edit: 'task.add', id: 'b', fields: { title: 'From Bob' } });
    network.deliverAll();
    await time.advance(200);
    const [hers, his] = [await view<BoardView>(alice, BOARD), await view<BoardView>(bob, BOARD)];
    expect(hers).toEqual(his);
    expect(hers.tasks).toHaveLength(2);
  });

  test('a title both changed shows one and names the other', async () => {
    const { network, time, alice, bob } = world();
    await alice.edit(BOARD, { edit: 'task.add', id: 't', fields: { title: 'Old' } });
    network.deliverAll();
    await alice.edit(BOARD, { edit: 'task.set', id: 't', fields: { title: 'A' } });
    await bob.edit(BOARD, { edit: 'task.set', id: 't', fields: { title: 'B' } });
    network.deliverAll();
    await time.advance(200);
    const shown = await view<BoardView>(alice, BOARD);
    expect(shown).toEqual(await view<BoardView>(bob, BOARD));
    const task = shown.tasks[0]!;
    expect([task.title, ...(task.conflicts[0]?.others ?? [])].sort()).toEqual(['A', 'B']);
    await alice.edit(BOARD, { edit: 'task.set', id: 't', fields: { title: task.title } });
    expect((await view<BoardView>(alice, BOARD)).tasks[0]?.conflicts).toEqual([]);
  });

  test('the screen paints from the sealed projection, then hears of the replica', async () => {
    const { time, alice, network } = world();
    await alice.edit(BOARD, { edit: 'task.add', id: 't', fields: { title: 'Kept' } });
    await alice.session.open(TEST_SPACE, BOARD);
    await time.advance(3_000);
    await alice.session.close(TEST_SPACE, BOARD);
    const again = new TestPeer(alice.engine, time, 3);
    const opened = unwrap(await again.session.open(TEST_SPACE, BOARD));
    expect(opened.source).toBe('projection');
    expect((opened.view as BoardView).tasks[0]?.title).toBe('Kept');
    await time.advance(0);
    expect(again.lastView(BOARD) as BoardView).toEqual(opened.view);
    expect(network.devices).toHaveLength(2);
  });

  test('a full disk loses nothing: the edit stays, is told, and is stored when there is room', async () => {
    const { time, alice, bob, network } = world();
    await alice.session.open(TEST_SPACE, BOARD);
    alice.engine.failure = 'storage-full';
    await alice.edit(BOARD, { edit: 'task.add', id: 't', fields: { title: 'Held' } });
    await time.advance(100);
    expect(alice.problems()).toContain('storage-full');
    expect(alice.savedState(BOARD)).toBe('pending');
    await alice.session.close(TEST_SPACE, BOARD);
    alice.engine.failure = undefined;
    await time.advance(60_000);
    expect(alice.savedState(BOARD)).toBe('durable');
    network.deliverAll();
    expect((await view<BoardView>(bob, BOARD)).tasks[0]?.title).toBe('Held');
  });

  test('an edit that comes while the document closes is not lost', async () => {
    const { alice, bob, network } = world();
    await alice.session.open(TEST_SPACE, BOARD);
    await alice.edit(BOARD, { edit: 'task.add', id: 'a', fields: { title: 'Before' } });
    const closing = alice.session.close(TEST_SPACE, BOARD);
    const edits = ['b', 'c', 'd'].map((id) => alice.edit(BOARD, { edit: 'task.add', id, fields: { title: id } }));
    await Promise.all([closing, ...edits]);
    network.deliverAll();
    expect((await view<BoardView>(bob, BOARD)).tasks).toHaveLength(4);
    expect(bob.engine.voided.size).toBe(0);
  });

  test('undo takes back only what nobody changed since', async () => {
    const { time, alice, bob, network } = world();
    await alice.session.open(TEST_SPACE, BOARD);
    await alice.edit(BOARD, { edit: 'task.add', id: 't', fields: { title: 'One' } });
    await alice.edit(BOARD, { edit: 'task.set', id: 't', fields: { title: 'Two', status: 'doing' } });
    network.deliverAll();
    await bob.edit(BOARD, { edit: 'task.set', id: 't', fields: { title: 'Bob’s' } });
    network.deliverAll();
    await time.advance(200);
    unwrap(await alice.session.undo(TEST_SPACE, BOARD));
    let task = (alice.lastView(BOARD) as BoardView).tasks[0]!;
    expect([task.title, task.status]).toEqual(['Bob’s', 'todo']);
    unwrap(await alice.session.redo(TEST_SPACE, BOARD));
    task = (alice.lastView(BOARD) as BoardView).tasks[0]!;
    expect([task.title, task.status]).toEqual(['Bob’s', 'doing']);
    unwrap(await alice.session.undo(TEST_SPACE, BOARD));
    unwrap(await alice.session.undo(TEST_SPACE, BOARD));
    expect((alice.lastView(BOARD) as BoardView).tasks).toEqual([]);
    expect((await alice.session.undo(TEST_SPACE, BOARD)).ok).toBe(false);
  });

  test('a message that is too long is refused as that, sent or changed', async () => {
    const { alice } = world();
    await alice.edit(CHANNEL, { edit: 'message.send', id: 'm1', text: 'Hello' });
    const long = 'x'.repeat(20_001);
    for (const edit of ['message.send', 'message.edit'] as const) {
      const id = edit === 'message.send' ? 'm2' : 'm1';
      expect(await alice.session.edit(TEST_SPACE, CHANNEL, { edit, id, text: long })).toMatchObject({
        ok: false,
        error: { code: 'oversized' },
      });
    }
  });

  test('a message belongs to who sent it, whoever edits', async () => {
    const { time, alice, bob, network } = world();
    await alice.edit(CHANNEL, { edit: 'message.send', id: 'm1', text: 'Hello' });
    network.deliverAll();
    await bob.edit(CHANNEL, { edit: 'message.send', id: 'm2', text: 'Hi', replyTo: 'm1' });
    await bob.edit(CHANNEL, { edit: 'reaction.toggle', id: 'm1', emoji: '👍' });
    const refused = await bob.session.edit(TEST_SPACE, CHANNEL, { edit: 'message.edit', id: 'm1', text: 'Forged' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'invalid-edit' } });
    network.deliverAll();
    await time.advance(200);
    const shown = await view<ChannelView>(alice, CHANNEL);
    expect(shown.messages.map((message) => [message.author, message.text])).toEqual([
      [alice.engine.member, 'Hello'],
      [bob.engine.member, 'Hi'],
    ]);
    expect(shown.messages[0]?.reactions).toEqual([{ emoji: '👍', members: [bob.engine.member] }]);
    expect(shown).toEqual(await view<ChannelView>(bob, CHANNEL));
  });

  test('many pages come in one change and stand in a tree', async () => {
    const { alice } = world();
    const [a, b, c] = [1, 2, 3].map(() => newDocumentId('page', ids)) as [DocumentId, DocumentId, DocumentId];
    await alice.edit(INDEX, {
      edit: 'items.add',
      items: [
        { document: a, kind: 'page', title: 'A', parent: null },
        { document: b, kind: 'page', title: 'B', parent: a },
        { document: c, kind: 'page', title: 'C', parent: null },
      ],
    });
    expect(alice.engine.log).toHaveLength(1);
    await alice.edit(INDEX, { edit: 'item.move', document: c, parent: b, after: null });
    const closing = await alice.session.edit(TEST_SPACE, INDEX, {
      edit: 'item.move',
      document: a,
      parent: c,
      after: null,
    });
    expect(closing).toMatchObject({ ok: false, error: { code: 'invalid-edit' } });
    const shown = unwrap(await alice.session.readView(TEST_SPACE, INDEX)) as IndexView;
    expect(shown.items.map((item) => [item.title, item.depth])).toEqual([
      ['A', 0],
      ['B', 1],
      ['C', 2],
    ]);
  });
});
