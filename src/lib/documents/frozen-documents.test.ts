import { beforeAll, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import { hexToBytes } from '../foundation/bytes.ts';
import type { MemberId } from '../foundation/ids.ts';
import { A, type Doc } from './automerge.ts';
import type { DocumentKind } from './document-kind.ts';
import { schemasByKind } from './schemas.ts';
import { FROZEN_DOCUMENTS } from './testing/frozen-documents.ts';
import { SeededRandom } from './testing/manual-time.ts';
import { applyWrites } from './writes.ts';

beforeAll(readyAutomergeInNode);

const MEMBER = '0d'.repeat(16) as MemberId;
const context = () => ({
  memberOf: () => MEMBER,
  nowMs: () => 2_000_000_000_000,
  cache: new WeakMap<object, object>(),
});

describe('documents written by version 1', () => {
  test.each(Object.entries(FROZEN_DOCUMENTS))('a %s still reads as it did', (kind, { bytes, view }) => {
    const schema = schemasByKind().get(kind as DocumentKind)!;
    const doc = A.load<Record<string, unknown>>(hexToBytes(bytes), { actor: '0e'.repeat(16) });
    expect(JSON.parse(JSON.stringify(schema.project(doc, context())))).toEqual(view);
  });

  test('an edit of today leaves what a later version added', () => {
    const schema = schemasByKind().get('board')!;
    const loaded = A.load<Record<string, unknown>>(hexToBytes(FROZEN_DOCUMENTS.board.bytes));
    const later = A.change(loaded, { time: 0 }, (draft: Doc) => {
      Object.assign(draft, { schemaVersion: 3, swimlanes: { a: { name: 'A' } } });
      Object.assign((draft['tasks'] as Record<string, object>)['t1']!, { estimate: 5 });
    });
    const planned = schema.plan(
      later,
      { edit: 'task.set', id: 't1', fields: { title: 'New', due: null } },
      { member: MEMBER, nowMs: 1, random: new SeededRandom(1) },
    );
    const edited = A.change(later, { time: 0 }, (draft: Doc) => applyWrites(draft, planned.ok ? planned.value : []));
    expect(edited).toMatchObject({
      schemaVersion: 3,
      swimlanes: { a: { name: 'A' } },
      tasks: { t1: { estimate: 5, due: null } },
    });
  });
});
