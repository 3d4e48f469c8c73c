import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import type { ActorId, DocumentId, MemberId } from '../foundation/ids.ts';
import { A, fixedText, isRecord, type Doc } from './automerge.ts';
import { boardSchema } from './board/board-schema.ts';
import { channelSchema } from './channel/channel-schema.ts';
import { keyOfMessage } from './channel/channel-projection.ts';
import { newDocumentId } from './document-kind.ts';
import { GENESIS_ACTOR, encodeGenesis, type DocumentSchema, type ProjectionContext } from './document-schema.ts';
import { beginDocument } from './load-replica.ts';
import { initializePage, type PageDocument } from './page/page-text.ts';
import { schemasByKind } from './schemas.ts';
import { indexSchema } from './space-index/index-schema.ts';
import { orderTree, resolveParents } from './space-index/page-tree.ts';
import { SeededRandom } from './testing/manual-time.ts';
import type { BoardView, ChannelView } from './views.ts';

beforeAll(readyAutomergeInNode);

const ME = '0a'.repeat(16) as ActorId;
const MEMBER = '0d'.repeat(16) as MemberId;
const context = (): ProjectionContext => ({ memberOf: () => MEMBER, nowMs: () => 1_000, cache: new WeakMap() });
const change = (doc: Doc, fill: (draft: Doc) => void): Doc => A.change(doc, { time: 0 }, fill);
const records = (draft: Doc, name: string) => draft[name] as Record<string, Record<string, unknown>>;

describe('the beginning of each kind', () => {
  test('is frozen: the bytes this Automerge makes are the bytes in the schema', () => {
    const fills: Record<string, (draft: Doc) => void> = {
      index: (draft) => Object.assign(draft, { schemaVersion: 1, items: {} }),
      board: (draft) => Object.assign(draft, { schemaVersion: 1, tasks: {} }),
      channel: (draft) => Object.assign(draft, { schemaVersion: 1, messages: {}, reactions: {} }),
      page: (draft) => initializePage(draft as unknown as PageDocument),
    };
    for (const [kind, schema] of schemasByKind()) {
      expect(encodeGenesis(fills[kind]!), kind).toEqual(schema.genesis);
      expect(A.getChangesMetaSince(beginDocument(schema, ME), []).map((meta) => meta.actor)).toEqual([GENESIS_ACTOR]);
      const root = Object.keys(beginDocument(schema, ME)).filter((key) => key !== 'schemaVersion');
      expect([...schema.containers].sort(), kind).toEqual(root.sort());
    }
  });
});

/** Any value a document can hold, likely to stand where another is expected. */
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ maxLength: 5 }).map(fixedText),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(new Date(7)),
    fc.uint8Array({ maxLength: 3 }),
    fc.constant(new A.Counter(3)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'title',
        'status',
        'order',
        'checklist',
        'deleted',
        'text',
        'place',
        'trashedAt',
        'sentAt',
        'after',
        'replyTo',
        'editedAt',
        '__proto__x',
        'zz',
      ),
      tie('value'),
      { maxKeys: 6, noNullPrototype: true },
    ),
  ),
})).value;

const page = newDocumentId('page', new SeededRandom(2));
const keys = fc.constantFrom(
  'a',
  'b',
  '',
  page,
  newDocumentId('board', new SeededRandom(3)),
  keyOfMessage(MEMBER, 'm'),
  `${MEMBER}:m:👍`,
  ':',
  'x'.repeat(40),
);

test('[G7] every projection gives a view of anything at all, and never throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...schemasByKind().values()),
      fc.array(fc.tuple(fc.nat(), keys, anything), { maxLength: 8 }),
      fc.option(anything),
      (schema, entries, root) => {
        let doc = change(beginDocument(schema, ME), (draft) => {
          for (const [which, key, value] of entries) {
            const container = draft[schema.containers[which % schema.containers.length] ?? ''];
            if (isRecord(container)) container[key] = value;
          }
          if (schema.kind === 'page') A.splice(draft, ['text'], 0, 0, 'text');
        });
        expect(schema.project(doc, context()).kind).toBe(schema.kind);
        if (root === null) return;
        doc = change(doc, (draft) => Object.assign(draft, { [schema.containers[0] ?? '']: root, name: root }));
        expect(schema.project(doc, context()).kind).toBe(schema.kind);
      },
    ),
    { numRuns: 150 },
  );
});

test('fields that this version does not know survive its edits', () => {
  const cases: readonly [DocumentSchema, (draft: Doc) => void, Parameters<DocumentSchema['plan']>[1]][] = [
    [
      boardSchema,
      (draft) => (records(draft, 'tasks')['t'] = { title: fixedText('T'), priority: fixedText('high'), checklist: {} }),
      { edit: 'task.set', id: 't', fields: { title: 'New' } },
    ],
    [
      indexSchema,
      (draft) => (records(draft, 'items')[page] = { title: fixedText('T'), priority: fixedText('high') }),
      { edit: 'item.rename', document: page, title: 'New' },
    ],
  ];
  for (const [schema, fill, edit] of cases) {
    const doc = change(beginDocument(schema, ME), (draft) => {
      fill(draft);
      Object.assign(draft, { newThing: { from: 'the future' } });
    });
    const planned = schema.plan(doc, edit, { member: MEMBER, nowMs: 1, random: new SeededRandom(1) });
    expect(planned.ok).toBe(true);
    expect(JSON.stringify(doc)).toContain('high');
    expect(doc['newThing']).toBeDefined();
  }
});

describe('the page tree', () => {
  const id = (n: number) => `02${String(n).padStart(30, '0')}` as DocumentId;

  test('any parents at all give a tree with every page in it once', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 12 })), { maxLength: 12 }), (parents) => {
        const nodes = parents.map((parent, i) => ({
          document: id(i),
          parent: parent === null ? null : id(parent),
          key: 'V000',
        }));
        const resolved = resolveParents(nodes);
        for (const { document } of nodes) {
          let steps = 0;
          for (let at = resolved.get(document) ?? null; at !== null; at = resolved.get(at) ?? null)
            expect(++steps).toBeLessThan(nodes.length);
        }
        expect(resolved.size).toBe(nodes.length);
      }),
    );
  });

  test('a chain of 20,000 pages neither overflows nor crawls', () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => ({
      document: id(i),
      parent: i === 0 ? null : id(i - 1),
      key: 'V000',
    }));
    expect(orderTree(nodes).at(-1)?.depth).toBe(19_999);
  });
});

describe('[C5] the order of a channel', () => {
  const ALICE = 'a1'.repeat(16) as MemberId;
  const BOB = 'b0'.repeat(16) as MemberId;
  const shown = (messages: Record<string, Record<string, unknown>>) => {
    const doc = change(beginDocument(channelSchema, ME), (draft) =>
      Object.assign(records(draft, 'messages'), messages),
    );
    return (channelSchema.project(doc, context()) as ChannelView).messages;
  };

  test('an answer follows its question, though Bob’s clock is a century behind', () => {
    const question = keyOfMessage(ALICE, 'q');
    const order = shown({
      [question]: { text: fixedText('?'), sentAt: 500 },
      [keyOfMessage(BOB, 'a')]: { text: fixedText('!'), sentAt: -3_000_000_000_000, after: fixedText(question) },
      [keyOfMessage(ALICE, 'r')]: { text: fixedText('Thanks'), sentAt: 600, after: fixedText(keyOfMessage(BOB, 'a')) },
    });
    expect(order.map((message) => message.id)).toEqual(['q', 'a', 'r']);
    expect(order[1]?.sentAt).toBe(0);
  });

  test('a clock a century ahead shows no time in the future, and later messages still follow', () => {
    const ahead = keyOfMessage(BOB, 'ahead');
    const order = shown({
      [ahead]: { text: fixedText('x'), sentAt: 4_900_000_000_000 },
      [keyOfMessage(ALICE, 'later')]: { text: fixedText('y'), sentAt: 700, after: fixedText(ahead) },
      [keyOfMessage(ALICE, 'beside')]: { text: fixedText('z'), sentAt: 800 },
    });
    expect(order.map((message) => message.id)).toEqual(['beside', 'ahead', 'later']);
    expect(order[1]?.sentAt).toBe(1_000);
  });

  test('messages that claim to follow each other in a circle are all shown', () => {
    const [a, b] = [keyOfMessage(ALICE, 'a'), keyOfMessage(BOB, 'b')];
    expect(shown({ [a]: { sentAt: 2, after: fixedText(b) }, [b]: { sentAt: 1, after: fixedText(a) } })).toHaveLength(2);
  });

  test('two members who use one id both keep their message', () => {
    const order = shown({ [keyOfMessage(ALICE, 'same')]: { sentAt: 1 }, [keyOfMessage(BOB, 'same')]: { sentAt: 2 } });
    expect(new Set(order.map((message) => message.id)).size).toBe(2);
  });
});

test('records that did not change keep their identity from view to view', () => {
  const shared = context();
  const doc = change(beginDocument(boardSchema, ME), (draft) => {
    for (const id of ['a', 'b'])
      records(draft, 'tasks')[id] = { title: fixedText(id), order: fixedText(`V00${id}`), checklist: {} };
  });
  const before = boardSchema.project(doc, shared) as BoardView;
  const after = boardSchema.project(
    change(doc, (draft) => (records(draft, 'tasks')['b']!['title'] = fixedText('B'))),
    shared,
  ) as BoardView;
  expect(after.tasks[0]).toBe(before.tasks[0]);
  expect(after.tasks[1]).not.toBe(before.tasks[1]);
});
