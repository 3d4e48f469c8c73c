import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readyAutomergeInNode } from '../../../../tests/support/ready-automerge.ts';
import { assert } from '../../foundation/assert.ts';
import type { ActorId, DocumentId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import { A, type Doc } from '../automerge.ts';
import { asPage, fromPage, pageDocumentSchema } from '../page-kind.ts';
import { PageAuthority } from '../page/page-authority.ts';
import { projectPage } from '../page/page-projection.ts';
import { pageSchema } from '../page/page-schema.ts';
import { randomEdit, seededPick, type Pick } from '../page/random-page-edit.fixture.ts';
import { Transform } from 'prosemirror-transform';
import { beginAgain, carryOver, findLate } from './rebase.ts';

const FORMER = `02${'aa'.repeat(15)}` as DocumentId;
const AGAIN = `02${'bb'.repeat(15)}` as DocumentId;
/** SLOW=1 plays more of them. */
const RUNS = process.env['SLOW'] === undefined ? 80 : 3_000;

class Device {
  former: Doc;
  again: Doc;
  readonly mirrorActor: ActorId;

  constructor(number: number) {
    const actor = (role: string): ActorId => `${role}${String(number)}`.padEnd(32, '0') as ActorId;
    const begin = (role: string) =>
      A.applyChanges(A.init<Record<string, unknown>>({ actor: actor(role) }), [pageDocumentSchema.genesis])[0];
    this.former = begin('a');
    this.again = begin('b');
    this.mirrorActor = actor('c');
  }

  /** One letter that nobody else writes, into the page as this device has it. */
  say(which: 'former' | 'again', letter: string, pick: Pick): void {
    this.#edit(which, (authority) => {
      const transform = new Transform(authority.doc);
      const places: number[] = [];
      authority.doc.descendants((node, at) => {
        const isHalf = (i: number): boolean => /^[\udc00-\udfff]/.test(node.textBetween(i, node.content.size));
        if (node.isTextblock) for (let i = 0; i <= node.content.size; i++) if (!isHalf(i)) places.push(at + 1 + i);
      });
      const at = places[pick(places.length)];
      return at === undefined ? transform : transform.insert(at, pageSchema.text(letter));
    });
  }

  editAtRandom(which: 'former' | 'again', pick: Pick): void {
    this.#edit(which, (authority) => randomEdit(authority.doc, pick));
  }

  carry(): void {
    const isMirror = (actor: ActorId): boolean => actor.startsWith('c');
    const source = { id: FORMER, doc: this.former };
    const changes = carryOver(this.again, { self: AGAIN, source, actor: this.mirrorActor, isMirror });
    this.again = A.applyChanges(this.again, [...changes])[0];
  }

  hear(which: 'former' | 'again', from: Device): void {
    this[which] = A.applyChanges(this[which], A.getChanges(this[which], from[which]))[0];
  }

  text(which: 'former' | 'again'): string {
    return projectPage(asPage(this[which])).doc.textContent;
  }

  #edit(which: 'former' | 'again', plan: (authority: PageAuthority) => Transform): void {
    const authority = PageAuthority.open(asPage(this[which]));
    const steps = plan(authority).steps.map((step) => step.toJSON() as unknown);
    assert(authority.receiveSteps({ version: authority.version, steps, clientId: 'x' }) === 'accepted', 'it fits');
    this[which] = fromPage(authority.flush(asPage(this[which])).page);
  }
}

/** Alice and Bob know the former page; Carol only the one begun again. */
function play(seed: number, letters: string[]): { readonly old: readonly Device[]; readonly all: readonly Device[] } {
  const pick = seededPick(seed);
  const [alice, bob, carol] = [new Device(1), new Device(2), new Device(3)];
  const old = [alice, bob];
  const all = [alice, bob, carol];
  for (let i = 0; i < 6; i++) {
    const one = old[pick(2)] ?? alice;
    one.editAtRandom('former', pick);
    if (pick(2) === 0) one.hear('former', one === alice ? bob : alice);
  }
  alice.again = unwrap(beginAgain(alice.again, { id: FORMER, doc: alice.former }));
  for (let i = 0; i < 40; i++) {
    const one = all[pick(3)] ?? alice;
    const other = all[pick(3)] ?? bob;
    const letter = String.fromCodePoint(0xe000 + letters.length);
    const deed = pick(5);
    if (deed === 0 && one !== carol) {
      letters.push(letter);
      one.say('former', letter, pick);
    } else if (deed <= 1) {
      letters.push(letter);
      one.say('again', letter, pick);
    } else if (deed === 2 && one !== other) one.hear('again', other);
    else if (deed === 3 && one !== carol && other !== carol && one !== other) one.hear('former', other);
    else if (one !== carol) one.carry();
    if (pick(6) === 0 && one !== carol) one.editAtRandom('former', pick);
  }
  return { old, all };
}

function meet(all: readonly Device[], which: 'former' | 'again'): void {
  for (const one of all) for (const other of all) if (one !== other) one.hear(which, other);
  for (const one of all) for (const other of all) if (one !== other) one.hear(which, other);
}

function countOf(letter: string, text: string): number {
  return text.split(letter).length - 1;
}

describe('[K4] [N4] a page begun again', () => {
  beforeAll(readyAutomergeInNode);

  it(`whatever is written where and carried when, all agree in the end and no letter is lost, ${String(RUNS)} times`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
        const letters: string[] = [];
        const { old, all } = play(seed, letters);
        meet(old, 'former');
        for (const one of [...old, ...old]) {
          meet(all, 'again');
          one.carry();
        }
        meet(all, 'again');
        const [alice, , carol] = all;
        assert(alice !== undefined && carol !== undefined, 'three');
        for (const one of all) expect(one.text('again')).toBe(alice.text('again'));
        expect(findLate(alice.again, { id: FORMER, doc: alice.former })?.changes ?? []).toEqual([]);
        // What still stands in the former page stands in the new one, and as often: carried twice, it is said once.
        for (const letter of letters) {
          const inFormer = countOf(letter, alice.text('former'));
          if (inFormer > 0) expect(countOf(letter, alice.text('again'))).toBe(inFormer);
        }
        // Who never held the former page cannot carry, nor undo what others carried.
        const before = A.getHeads(carol.again);
        carol.carry();
        expect(A.getHeads(carol.again)).toEqual(before);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 600_000);
});
