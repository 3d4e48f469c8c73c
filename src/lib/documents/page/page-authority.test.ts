import * as A from '@automerge/automerge';
import fc from 'fast-check';
import { Transform } from 'prosemirror-transform';
import { describe, expect, it } from 'vitest';
import { PageAuthority } from './page-authority.ts';
import type { StepBatch } from './page-authority.ts';
import { projectPage } from './page-projection.ts';
import { pageSchema } from './page-schema.ts';
import { initializePage } from './page-text.ts';
import type { PageDoc, PageDocument } from './page-text.ts';

const FIRST = A.save(A.change(A.init<PageDocument>({ actor: '00'.repeat(16) }), { time: 0 }, initializePage));

class Writer {
  page: PageDoc;
  readonly authority: PageAuthority;

  constructor(actor: string, from: Uint8Array = FIRST) {
    this.page = A.load<PageDocument>(from, { actor: actor.repeat(16) });
    this.authority = PageAuthority.open(this.page);
  }

  edit(change: (transform: Transform) => unknown): StepBatch {
    const transform = new Transform(this.authority.doc);
    change(transform);
    const steps = transform.steps.map((step) => step.toJSON() as unknown);
    expect(this.authority.receiveSteps({ version: this.authority.version, steps, clientId: 'editor' })).toBe(
      'accepted',
    );
    const { page, corrections } = this.authority.flush(this.page);
    this.page = page;
    return corrections;
  }

  hear(other: Writer): StepBatch {
    const before = this.page;
    const [after] = A.applyChanges(
      A.clone(before),
      A.getChanges(before, A.merge(A.clone(before), A.clone(other.page))),
    );
    this.page = after;
    return this.authority.applyRemote(before, after);
  }
}

function meet(alice: Writer, bob: Writer): string {
  bob.hear(alice);
  alice.hear(bob);
  expect(alice.authority.doc.eq(bob.authority.doc)).toBe(true);
  expect(alice.authority.doc.eq(projectPage(alice.page).doc)).toBe(true);
  return alice.authority.doc.toString();
}

const type = (text: string) => (tr: Transform) => tr.insert(1, pageSchema.text(text));

describe('page authority', () => {
  it('a mark whose end lies before its beginning is refused, and changes nothing', () => {
    const alice = new Writer('a1');
    alice.edit(type('tide'));
    const { doc, version } = alice.authority;
    for (const stepType of ['addMark', 'removeMark']) {
      const steps = [{ stepType, mark: { type: 'bold' }, from: 4, to: 3 }];
      expect(alice.authority.receiveSteps({ version, steps, clientId: 'editor' })).toBe('invalid');
    }
    expect([alice.authority.doc, alice.authority.version]).toEqual([doc, version]);
    expect(alice.authority.hasPending).toBe(false);
  });

  it('[PG2] Alice and Bob both write first into a new page: one block holds both', () => {
    const alice = new Writer('a1');
    const bob = new Writer('b1');
    alice.edit(type('tide'));
    bob.edit(type('moon'));
    expect(meet(alice, bob)).toMatch(/^doc\(paragraph\("(tidemoon|moontide)"\)\)$/);
  });

  it('[PG3] Alice makes a block a check while Bob deepens it: both hold, and it stays one block', () => {
    const alice = new Writer('a1');
    alice.edit((tr) => tr.insert(1, pageSchema.text('oars')).setBlockType(1, 1, pageSchema.nodes.bullet));
    const bob = new Writer('b1', A.save(alice.page));
    alice.edit((tr) => tr.setBlockType(1, 1, pageSchema.nodes.check, { checked: true }));
    bob.edit((tr) => tr.setNodeAttribute(0, 'depth', 2));
    expect(meet(alice, bob)).toBe('doc(check("oars"))');
    expect(alice.authority.doc.firstChild?.attrs).toMatchObject({ checked: true, depth: 2 });
  });

  it('Alice splits a paragraph where Bob writes: his words stay, in one of the halves', () => {
    const alice = new Writer('a1');
    alice.edit(type('ebb and flow'));
    const bob = new Writer('b1', A.save(alice.page));
    alice.edit((tr) => tr.split(4));
    bob.edit((tr) => tr.insert(8, pageSchema.text(' then')));
    expect(meet(alice, bob)).toBe('doc(paragraph("ebb"), paragraph(" and then flow"))');
  });

  it('a page written by a newer client keeps what this one does not know', () => {
    const newer = A.change(A.load<PageDocument>(FIRST), (draft) => {
      A.splitBlock(draft, ['text'], 0, {
        type: new A.ImmutableString('callout'),
        tone: new A.ImmutableString('calm'),
        depth: 1,
      });
      A.splice(draft, ['text'], 1, 0, 'note');
      A.mark(draft, ['text'], { start: 1, end: 3, expand: 'none' }, 'comment', 'c-7');
    });
    const alice = new Writer('a1', A.save(newer));
    expect(alice.authority.doc.firstChild?.attrs).toEqual({ type: 'callout', depth: 1, extra: { tone: 'calm' } });
    alice.edit((tr) => tr.setNodeAttribute(0, 'depth', 3));
    alice.edit((tr) => tr.insert(5, pageSchema.text('!')));
    expect(A.block(alice.page, ['text'], 0)).toMatchObject({ depth: 3, tone: new A.ImmutableString('calm') });
    expect(A.spans(alice.page, ['text']).slice(1)).toEqual([
      { type: 'text', value: 'no', marks: { comment: 'c-7' } },
      { type: 'text', value: 'te!' },
    ]);
  });

  it('[PG9] half a character typed comes back whole to the editor', () => {
    const alice = new Writer('a1');
    const corrections = alice.edit(type('a\uD83D'));
    expect(corrections.steps.length).toBeGreaterThan(0);
    expect(corrections.clientIds.every((id) => id === 'remote')).toBe(true);
    expect(alice.authority.doc.textContent).toBe('a\uFFFD');
  });

  it('steps of an old version are stale, steps that fit nothing are invalid, and neither changes the page', () => {
    const alice = new Writer('a1');
    alice.edit(type('tide'));
    const { version } = alice.authority;
    const step = { stepType: 'replace', from: 1, to: 900 };
    const deep = { stepType: 'attr', pos: 0, attr: 'depth', value: 99 };
    expect(alice.authority.receiveSteps({ version: version - 1, steps: [step], clientId: 'x' })).toBe('stale');
    expect(alice.authority.receiveSteps({ version, steps: [step], clientId: 'x' })).toBe('invalid');
    expect(alice.authority.receiveSteps({ version, steps: [deep], clientId: 'x' })).toBe('invalid');
    expect(alice.authority.version).toBe(version);
    expect(alice.authority.stepsSince(0)?.steps).toHaveLength(version);
    expect(alice.authority.stepsSince(version + 1)).toBeUndefined();
  });

  it('[PG8] nothing to write makes no change; a bold word typed at a bold end needs no mark of its own', () => {
    const alice = new Writer('a1');
    alice.edit((tr) => tr.insert(1, pageSchema.text('bold', [pageSchema.marks.bold.create()])));
    const before = A.getAllChanges(alice.page).length;
    expect(alice.authority.flush(alice.page).page).toBe(alice.page);
    alice.edit((tr) => tr.insert(5, pageSchema.text('er', [pageSchema.marks.bold.create()])));
    expect(A.getAllChanges(alice.page).length).toBe(before + 1);
    expect(A.inspectChange(alice.page, A.getHeads(alice.page)[0] ?? '')?.ops.map((op) => op.action)).toEqual([
      'set',
      'set',
    ]);
  });

  it('a caret told as a cursor is found again after others wrote before it', () => {
    const alice = new Writer('a1');
    alice.edit(type('tide'));
    const bob = new Writer('b1', A.save(alice.page));
    const cursor = alice.authority.cursorAt(alice.page, 3);
    bob.edit(type('The '));
    alice.hear(bob);
    expect(alice.authority.positionOf(alice.page, cursor)).toBe(7);
    expect(alice.authority.positionOf(alice.page, '900@ff')).toBeUndefined();
  });

  it('[PG7] whatever a member puts into the text, the page is valid and can be edited', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
    const key = fc.constantFrom('type', 'depth', 'level', 'checked', 'file', 'width', 'language', 'extra', 'x');
    const marker = fc.dictionary(key, fc.oneof(value, fc.dictionary(fc.string(), value, { noNullPrototype: true })), {
      noNullPrototype: true,
    });
    const odd = fc.oneof(
      marker,
      fc.constantFrom('heading', 'image', 'divider', 'code_block').map((type) => ({ type, level: 'no', depth: -4 })),
    );
    const piece = fc.record({
      at: fc.nat(12),
      marker: odd,
      word: fc.string(),
      scalar: value,
      mark: fc.constantFrom('bold', 'link', 'unknown_mark', 'y'),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const page = A.change(A.load<PageDocument>(FIRST), (draft) => {
          for (const { at, marker: map, word, scalar, mark } of pieces) {
            const place = Math.min(at, A.getBackend(draft).length('_root/text'));
            A.splitBlock(draft, ['text'], place, map);
            A.splice(draft, ['text'], place + 1, 0, word);
            if (word !== '' && scalar !== null)
              A.mark(draft, ['text'], { start: place, end: place + 2, expand: 'both' }, mark, scalar);
            if (typeof scalar === 'number') A.getBackend(draft).insert('_root/text', place, scalar);
          }
        });
        const alice = new Writer('a1', A.save(page));
        alice.authority.doc.check();
        alice.edit((tr) =>
          tr.insert(tr.doc.content.size, pageSchema.nodes.paragraph.create(null, pageSchema.text('end'))),
        );
        expect(alice.authority.doc.eq(projectPage(alice.page).doc)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
