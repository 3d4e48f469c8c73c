import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import { utf8 } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { A } from './automerge.ts';
import { newDocumentId } from './document-kind.ts';
import type { DocumentEntry } from './entry-port.ts';
import { REPLICA_TABLE } from './load-replica.ts';
import { chooseSnapshot, decodeSnapshot, encodeSnapshot } from './snapshot-body.ts';
import { SNAPSHOT_UPDATES } from './snapshot-keeper.ts';
import { decodeStoredReplica } from './stored-replica.ts';
import { ManualTime, SeededRandom } from './testing/manual-time.ts';
import { MemoryNetwork, TEST_SPACE } from './testing/memory-engine.ts';
import { TestPeer } from './testing/test-peer.ts';
import { encodeUpdate } from './update-body.ts';
import type { BoardView } from './views.ts';

beforeAll(readyAutomergeInNode);

const BOARD = newDocumentId('board', new SeededRandom(4));
let network: MemoryNetwork;
let time: ManualTime;
let alice: TestPeer;
let bob: TestPeer;

beforeEach(() => {
  network = new MemoryNetwork();
  time = new ManualTime();
  [alice, bob] = ['alice', 'bob'].map((name, i) => new TestPeer(network.join(name), time, i + 1)) as [
    TestPeer,
    TestPeer,
  ];
});

const add = (peer: TestPeer, id: string) => peer.edit(BOARD, { edit: 'task.add', id, fields: { title: id } });
const titles = async (peer: TestPeer) =>
  (unwrap(await peer.session.readView(TEST_SPACE, BOARD)) as BoardView).tasks.map((task) => task.title).sort();

describe('a replica', () => {
  test('opens from its cache and reads only what came after it', async () => {
    await alice.session.open(TEST_SPACE, BOARD);
    await add(alice, 'one');
    await alice.session.close(TEST_SPACE, BOARD);
    const stored = decodeStoredReplica((await alice.engine.getLocal(REPLICA_TABLE, BOARD))!)!;
    expect(A.getChangesMetaSince(A.load(stored.bytes), [])).toHaveLength(2);
    await add(bob, 'two');
    network.deliverAll();
    expect(await titles(new TestPeer(alice.engine, time, 5))).toEqual(['one', 'two']);
  });

  test('a damaged cache costs nothing but time', async () => {
    await add(alice, 'one');
    await alice.engine.putLocal(REPLICA_TABLE, BOARD, utf8('\u0001damaged beyond use, quite surely so'));
    expect(await titles(alice)).toEqual(['one']);
  });

  test('an entry that opens late, before what the cache covers, is not passed over', async () => {
    await alice.session.open(TEST_SPACE, BOARD);
    await add(alice, 'one');
    await alice.session.close(TEST_SPACE, BOARD);
    await add(bob, 'late');
    const [held] = bob.engine.log.filter((entry) => entry.author === bob.engine.device);
    alice.engine.insertLate(held!);
    await time.advance(0);
    expect(await titles(alice)).toEqual(['late', 'one']);
  });

  test('remote entries are applied once per tick, however many arrive', async () => {
    await bob.session.open(TEST_SPACE, BOARD);
    for (let i = 0; i < 20; i++) await add(alice, `t${i}`);
    bob.events.length = 0;
    for (let i = 0; i < 20; i++) {
      network.deliverAll();
      bob.engine.deliver(1);
      await time.advance(5);
    }
    await time.advance(200);
    expect(await titles(bob)).toHaveLength(20);
    expect(bob.events.filter((event) => event.kind === 'view').length).toBeLessThanOrEqual(2);
  });

  test('two tabs of one device write as two actors and see each other', async () => {
    const tab = new TestPeer(alice.engine, time, 8);
    await alice.session.open(TEST_SPACE, BOARD);
    await tab.session.open(TEST_SPACE, BOARD);
    await add(alice, 'first');
    await add(tab, 'second');
    await time.advance(200);
    expect(await titles(alice)).toEqual(['first', 'second']);
    expect(await titles(tab)).toEqual(['first', 'second']);
    network.deliverAll();
    expect(await titles(bob)).toEqual(['first', 'second']);
    expect(bob.engine.voided.size).toBe(0);
  });

  test('[G8] a poisoned update is voided once, the others go on', async () => {
    await bob.session.open(TEST_SPACE, BOARD);
    await alice.engine.append({
      space: TEST_SPACE,
      document: BOARD,
      type: 'update',
      body: encodeUpdate({ generation: 0, chunk: utf8('poison') }),
    });
    await alice.engine.append({ space: TEST_SPACE, document: BOARD, type: 'update', body: utf8('') });
    await alice.engine.append({
      space: TEST_SPACE,
      document: BOARD,
      type: 'update',
      body: encodeUpdate({ generation: 5_000, chunk: utf8('x') }),
    });
    await add(alice, 'fine');
    network.deliverAll();
    await time.advance(200);
    expect(await titles(bob)).toEqual(['fine']);
    expect([...bob.engine.voided.values()]).toEqual(['truncated', 'gate-actor', 'truncated']);
  });
});

describe('[N1] snapshots', () => {
  const snapshotsOf = (entries: readonly DocumentEntry[]) => entries.filter((entry) => entry.type === 'snapshot');

  test('after 256 updates one device writes one, another confirms it, and a newcomer starts from it', async () => {
    await alice.session.open(TEST_SPACE, BOARD);
    await bob.session.open(TEST_SPACE, BOARD);
    for (let i = 0; i < SNAPSHOT_UPDATES; i++) await add(alice, `t${i}`);
    for (let i = 0; i < 60; i++) {
      network.deliverAll();
      await time.advance(1_000);
    }
    const written = snapshotsOf(alice.engine.log).map((entry) => decodeSnapshot(entry.body)!);
    expect(written.map((snapshot) => snapshot.bytes.length > 0).sort()).toEqual([false, true]);
    expect(new Set(written.map((snapshot) => snapshot.heads.join())).size).toBe(1);
    expect(chooseSnapshot(alice.engine.log)).toHaveLength(1);
    const carol = new TestPeer(network.join('carol'), time, 9);
    carol.engine.take(alice.engine.log);
    expect(await titles(carol)).toHaveLength(SNAPSHOT_UPDATES);
    expect(carol.engine.voided.size).toBe(0);
  });

  test('[N2] one device alone does not persuade a newcomer, nor do bytes that are not what they are called', async () => {
    await add(alice, 'true');
    const mallory = network.join('mallory');
    const forged = A.from<Record<string, unknown>>({ tasks: {} });
    const heads = A.getHeads(forged);
    const body = encodeSnapshot({ heads, owners: [], bytes: A.save(forged) });
    await mallory.append({ space: TEST_SPACE, document: BOARD, type: 'snapshot', body });
    network.deliverAll();
    expect(chooseSnapshot(bob.engine.log)).toHaveLength(0);
    const accomplice = network.join('accomplice');
    const confirmation = encodeSnapshot({ heads, owners: [], bytes: new Uint8Array(0) });
    await accomplice.append({ space: TEST_SPACE, document: BOARD, type: 'snapshot', body: confirmation });
    network.deliverAll();
    expect(chooseSnapshot(bob.engine.log)).toHaveLength(1);
    expect(await titles(bob)).toEqual(['true']);
  });
});
