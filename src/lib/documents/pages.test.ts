import { beforeAll, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import type { ActorId } from '../foundation/ids.ts';
import { ok, unwrap } from '../foundation/result.ts';
import { newDocumentId } from './document-kind.ts';
import type { DocumentsEvent } from './documents.ts';
import { loadReplica } from './load-replica.ts';
import { pageDocumentSchema } from './page-kind.ts';
import { pageSchema } from './page/page-schema.ts';
import { ManualTime, SeededRandom } from './testing/manual-time.ts';
import { forgeChange, nextOn } from './testing/chunk-forge.ts';
import { MemoryNetwork, TEST_SPACE, actorFor } from './testing/memory-engine.ts';
import { TestPeer } from './testing/test-peer.ts';
import { encodeUpdate } from './update-body.ts';
import type { PageNodeJson, PageView } from './views.ts';
import { Step } from 'prosemirror-transform';

beforeAll(readyAutomergeInNode);

const PAGE = newDocumentId('page', new SeededRandom(3));

function page(...paragraphs: readonly string[]): PageNodeJson {
  const content = paragraphs.map((text) => ({
    type: 'paragraph',
    ...(text === '' ? {} : { content: [{ type: 'text', text }] }),
  }));
  return { type: 'doc', content };
}

const textOf = (doc: PageNodeJson) =>
  pageSchema.nodeFromJSON(doc).textBetween(0, pageSchema.nodeFromJSON(doc).content.size, '\n');
const insertAt = (position: number, text: string) => ({
  stepType: 'replace',
  from: position,
  to: position,
  slice: { content: [{ type: 'text', text }] },
});

function world() {
  const network = new MemoryNetwork();
  const time = new ManualTime();
  const [alice, bob] = ['alice', 'bob'].map((name, i) => new TestPeer(network.join(name), time, i + 1)) as [
    TestPeer,
    TestPeer,
  ];
  return { network, time, alice, bob };
}

async function loadFor(peer: TestPeer) {
  const actor = '0c'.repeat(16) as ActorId;
  return ok(
    (
      await loadReplica({
        ...{ space: TEST_SPACE, document: PAGE, schema: pageDocumentSchema, actor },
        port: peer.engine,
        device: peer.engine.device,
      })
    ).doc,
  );
}

async function join(peer: TestPeer) {
  unwrap(await peer.session.open(TEST_SPACE, PAGE));
  return unwrap(await peer.session.joinPage(TEST_SPACE, PAGE, 'editor'));
}

/** The page an editor has after following every event from what it joined. */
function follow(peer: TestPeer, start: { doc: PageNodeJson; version: number }): { text: string; version: number } {
  let doc = pageSchema.nodeFromJSON(start.doc);
  let version = start.version;
  const steps = peer.events.filter(
    (event): event is Extract<DocumentsEvent, { kind: 'steps' }> => event.kind === 'steps',
  );
  for (const event of steps) {
    event.steps.forEach((json, i) => {
      if (event.version + i < version) return;
      doc = Step.fromJSON(pageSchema, json).apply(doc).doc!;
      version++;
    });
  }
  return { text: doc.textBetween(0, doc.content.size, '\n'), version };
}

describe('a page in a session', () => {
  test('what Alice types is at Bob’s as steps, and the other way round', async () => {
    const { network, time, alice, bob } = world();
    unwrap(await alice.session.createPage(TEST_SPACE, PAGE, page('Hello', 'World')));
    expect(alice.engine.log.length).toBeGreaterThan(0);
    network.deliverAll();
    const [hers, his] = [await join(alice), await join(bob)];
    expect(textOf(his.doc)).toBe('Hello\nWorld');
    unwrap(
      await alice.session.pushSteps(TEST_SPACE, PAGE, {
        version: hers.version,
        steps: [insertAt(6, ' there')],
        clientId: 'a',
      }),
    );
    unwrap(
      await bob.session.pushSteps(TEST_SPACE, PAGE, {
        version: his.version,
        steps: [insertAt(1, 'Oh. ')],
        clientId: 'b',
      }),
    );
    await time.advance(1_000);
    network.deliverAll();
    await time.advance(1_000);
    expect(follow(alice, hers).text).toBe('Oh. Hello there\nWorld');
    expect(follow(bob, his)).toEqual(follow(alice, hers));
    const views = [alice, bob].map(async (peer) => unwrap(await peer.session.readView(TEST_SPACE, PAGE)) as PageView);
    expect((await views[0])?.doc).toEqual((await views[1])?.doc);
  });

  test('typing becomes one change per pause, at most a second long, and a quarter when somebody is live', async () => {
    const { network, time, alice, bob } = world();
    const { version } = await join(alice);
    const type = async (count: number, everyMs: number) => {
      const before = alice.engine.log.length;
      for (let i = 0; i < count; i++) {
        const { version: now } = unwrap(await alice.session.joinPage(TEST_SPACE, PAGE, 'a'));
        unwrap(
          await alice.session.pushSteps(TEST_SPACE, PAGE, { version: now, steps: [insertAt(1, 'x')], clientId: 'a' }),
        );
        await time.advance(everyMs);
      }
      await time.advance(1_000);
      return alice.engine.log.length - before;
    };
    expect(version).toBe(0);
    expect(await type(3, 100)).toBe(1);
    expect(alice.savedState(PAGE)).toBe('durable');
    expect(await type(40, 50)).toBe(2);
    await join(bob);
    expect(await type(40, 50)).toBeGreaterThanOrEqual(6);
    network.deliverAll();
  });

  test('an editor that is behind is refused and given the steps it lacks', async () => {
    const { alice } = world();
    await join(alice);
    unwrap(await alice.session.pushSteps(TEST_SPACE, PAGE, { version: 0, steps: [insertAt(1, 'one')], clientId: 'a' }));
    const late = await alice.session.pushSteps(TEST_SPACE, PAGE, {
      version: 0,
      steps: [insertAt(1, 'two')],
      clientId: 'b',
    });
    expect(late).toMatchObject({ ok: false, error: { code: 'stale-version' } });
    expect(alice.events.at(-1)).toMatchObject({ kind: 'steps', version: 0, clientIds: ['a'] });
    const wild = await alice.session.pushSteps(TEST_SPACE, PAGE, {
      version: 1,
      steps: [insertAt(900, 'x')],
      clientId: 'b',
    });
    expect(wild).toMatchObject({ ok: false, error: { code: 'invalid-edit' } });
    expect(alice.events.at(-1)).toMatchObject({ kind: 'page-reset', page: { version: 1 } });
  });

  test('Bob sees Alice’s caret, where it moves when he types before it, and no longer when she leaves', async () => {
    const { network, time, alice, bob } = world();
    unwrap(await alice.session.createPage(TEST_SPACE, PAGE, page('Hello')));
    network.deliverAll();
    await join(alice);
    const his = await join(bob);
    await alice.session.setCursor(TEST_SPACE, PAGE, { anchor: 3, head: 3 });
    const carets = () => {
      const event = bob.events.findLast((each) => each.kind === 'cursors');
      return event?.kind === 'cursors' ? event.cursors.map((each) => [each.member, each.anchor]) : [];
    };
    expect(carets()).toEqual([[alice.engine.member, 3]]);
    unwrap(
      await bob.session.pushSteps(TEST_SPACE, PAGE, {
        version: his.version,
        steps: [insertAt(1, 'Oh ')],
        clientId: 'b',
      }),
    );
    await time.advance(400);
    network.deliverAll();
    await time.advance(10_000);
    expect(carets()).toEqual([[alice.engine.member, 6]]);
    await alice.session.close(TEST_SPACE, PAGE);
    expect(carets()).toEqual([]);
  });

  test('[G6] a poisoned change gives Bob his page anew, and he writes on', async () => {
    const { network, time, alice, bob } = world();
    unwrap(await alice.session.createPage(TEST_SPACE, PAGE, page('Hello')));
    network.deliverAll();
    await join(bob);
    const doc = unwrap(await loadFor(alice));
    const next = nextOn(doc, actorFor(alice.engine.device, PAGE, 0));
    const poison = forgeChange({ ...next, ops: [{ action: 'del', obj: '_root', key: 'nothing', pred: [] }] });
    await alice.engine.append({
      space: TEST_SPACE,
      document: PAGE,
      type: 'update',
      body: encodeUpdate({ generation: 0, chunk: poison }),
    });
    network.deliverAll();
    await time.advance(200);
    expect([...bob.engine.voided.values()]).toEqual(['gate-proof']);
    const reset = bob.events.findLast((event) => event.kind === 'page-reset');
    expect(reset?.kind === 'page-reset' && textOf(reset.page.doc)).toBe('Hello');
    const version = reset?.kind === 'page-reset' ? reset.page.version : -1;
    unwrap(await bob.session.pushSteps(TEST_SPACE, PAGE, { version, steps: [insertAt(6, '!')], clientId: 'b' }));
    await time.advance(500);
    network.deliverAll();
    expect(textOf((unwrap(await alice.session.readView(TEST_SPACE, PAGE)) as PageView).doc)).toBe('Hello!');
  });

  test('a page with what no page can hold is refused whole', async () => {
    const { alice } = world();
    const refused = await alice.session.createPage(TEST_SPACE, PAGE, { type: 'doc', content: [{ type: 'script' }] });
    expect(refused).toMatchObject({ ok: false, error: { code: 'invalid-edit' } });
    expect(alice.engine.log).toHaveLength(0);
  });
});
