/** [C2] The documents of a device whose chain forked: what they are rebuilt from, and what is shown of the lost branch. */
import { beforeAll, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import type { DeviceId, DocumentId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import type { BoardView } from './views.ts';
import { hashHex, MemoryEngine, MemoryNetwork, TEST_SPACE } from './testing/memory-engine.ts';
import { ManualTime } from './testing/manual-time.ts';
import { TestPeer } from './testing/test-peer.ts';

const BOARD = `03${'0b'.repeat(15)}` as DocumentId;
const ANEW = hashHex('device anew', 32) as DeviceId;

beforeAll(readyAutomergeInNode);

/** The engine of a device as its log is now, over the rows that it kept. */
class EngineAgain extends MemoryEngine {
  readonly #rows: MemoryEngine;

  constructor(network: MemoryNetwork, device: DeviceId, rows: MemoryEngine) {
    super(network, device, rows.member);
    this.#rows = rows;
  }

  override getLocal(table: string, key: string): Promise<Uint8Array | undefined> {
    return this.#rows.getLocal(table, key);
  }
}

const add = async (peer: TestPeer, title: string): Promise<void> => {
  unwrap(
    await peer.session.edit(TEST_SPACE, BOARD, { edit: 'task.add', id: title.replaceAll(' ', '-'), fields: { title } }),
  );
  await peer.session.flush();
};

const titles = (view: unknown): readonly string[] => (view as BoardView).tasks.map((task) => task.title).sort();

/** Alice's browser and its copy, which both write the next change as one actor; Bob holds what the browser wrote. */
async function forked() {
  const time = new ManualTime();
  const [network, elsewhere] = [new MemoryNetwork(), new MemoryNetwork()];
  const [alice, bob] = [new TestPeer(network.join('alice'), time, 1), new TestPeer(network.join('bob'), time, 2)];
  await add(alice, 'shared');
  network.deliverAll();
  const before = [...alice.engine.log];
  const copy = new TestPeer(elsewhere.join('alice'), time, 3);
  copy.engine.take(before);
  await copy.session.open(TEST_SPACE, BOARD);
  await add(copy, 'lost');
  await add(copy, 'lost too');
  await copy.session.close(TEST_SPACE, BOARD);
  await add(alice, 'elsewhere');
  await add(bob, 'by Bob');
  network.deliverAll();
  return { time, network, alice, bob, copy, before };
}

test('[C2] under new keys a document is what the others hold, whatever the device had cached of it', async () => {
  const { time, network, bob, copy } = await forked();
  const again = new EngineAgain(network, ANEW, copy.engine);
  again.take(bob.engine.log);
  const peer = new TestPeer(again, time, 4);
  const others = titles(unwrap(await bob.session.readView(TEST_SPACE, BOARD)));
  expect(others).toEqual(['by Bob', 'elsewhere', 'shared']);
  expect(titles(unwrap(await peer.session.readView(TEST_SPACE, BOARD)))).toEqual(others);
  expect(again.voided.size).toBe(0);
  // The cache is still there, and under the old keys it would have been believed.
  const believed = new EngineAgain(network, copy.engine.device, copy.engine);
  believed.take(bob.engine.log);
  expect(titles(unwrap(await new TestPeer(believed, time, 5).session.readView(TEST_SPACE, BOARD)))).toContain('lost');
});

test('[C2] the lost branch is shown as it stood, beside changes of the same actor and number that the others hold', async () => {
  const { bob, copy, before } = await forked();
  bob.engine.lost = [...before, ...copy.engine.log.slice(before.length)];
  const work = { device: copy.engine.device, document: BOARD };
  expect(titles(unwrap(await bob.session.readLost(TEST_SPACE, work)))).toEqual(['lost', 'lost too', 'shared']);
  expect(titles(unwrap(await bob.session.readView(TEST_SPACE, BOARD)))).toEqual(['by Bob', 'elsewhere', 'shared']);
  bob.engine.lost = [];
  expect(await bob.session.readLost(TEST_SPACE, work)).toMatchObject({
    ok: false,
    error: { code: 'unknown-document' },
  });
});
