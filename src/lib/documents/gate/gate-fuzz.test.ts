import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../../tests/support/ready-automerge.ts';
import { A, fixedText, type Doc } from '../automerge.ts';
import { boardSchema } from '../board/board-schema.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { pageDocumentSchema } from '../page-kind.ts';
import { contentsOf, forgeChange, nextOn, sealChunk, type ForgedOp } from '../testing/chunk-forge.ts';
import { GateWorld } from '../testing/gate-world.ts';

beforeAll(readyAutomergeInNode);

const RUNS = process.env['SLOW'] === '1' ? 4_000 : 150;

/** A board or a page that Alice and Bob have written, and a change of Mallory's to be spoiled. */
function begin(schema: DocumentSchema): { readonly world: GateWorld; readonly change: Uint8Array } {
  const world = new GateWorld(schema);
  const write = (name: string, text: string) => (draft: Doc) => {
    if (schema.kind === 'page') A.splice(draft, ['text'], 0, 0, text);
    else
      (draft['tasks'] as Record<string, unknown>)[name] = {
        title: fixedText(text),
        checklist: { a: { text: fixedText('x') } },
      };
  };
  for (const name of ['alice', 'bob'])
    expect(world.verdict(name, world.changeBy(name, write(name, `${name} wrote this`)))).toBe('admitted');
  const change = world.changeBy('mallory', (draft) => {
    write('mallory', 'first')(draft);
    if (schema.kind === 'page') A.splice(draft, ['text'], 3, 4, 'spliced');
    else (draft['tasks'] as Record<string, Record<string, unknown>>)['alice']!['title'] = fixedText('edited');
  });
  return { world, change };
}

function survives(world: GateWorld, bytes: Uint8Array): void {
  world.submit(world.submission('mallory', bytes));
  world.proveAlive();
  expect(
    world.schema.project(world.doc, { memberOf: () => undefined, nowMs: () => 0, cache: new WeakMap() }).kind,
  ).toBe(world.schema.kind);
}

const kinds = fc.constantFrom(boardSchema, pageDocumentSchema);

test('[G6] a valid change with bytes flipped, cut, doubled or spliced, under a right checksum, harms nobody', () => {
  fc.assert(
    fc.property(
      kinds,
      fc.array(
        fc.record({
          kind: fc.constantFrom('flip', 'cut', 'copy', 'insert'),
          at: fc.nat(),
          by: fc.integer({ min: 1, max: 255 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      (schema, mutations) => {
        const { world, change } = begin(schema);
        let contents = Array.from(contentsOf(change));
        for (const { kind, at, by } of mutations) {
          const index = at % contents.length;
          if (kind === 'flip') contents[index] = (contents[index] ?? 0) ^ by;
          else if (kind === 'cut') contents.splice(index, (by % 8) + 1);
          else if (kind === 'insert') contents.splice(index, 0, by);
          else
            contents = [
              ...contents.slice(0, index),
              ...contents.slice(index, index + (by % 16)),
              ...contents.slice(index),
            ];
          if (contents.length === 0) contents = [0];
        }
        survives(world, sealChunk(Uint8Array.from(contents)));
        world.free();
      },
    ),
    { numRuns: RUNS },
  );
});

test('[G2][G4][G5] a change with any numbers and references harms nobody', () => {
  const counter = fc.integer({ min: 0, max: 60 });
  const who = fc.constantFrom('alice', 'bob', 'mallory', 'nobody', 'genesis');
  const ref = fc.tuple(counter, who);
  const op = fc.record({
    action: fc.constantFrom('set', 'del', 'makeMap', 'makeText', 'makeList', 'inc'),
    obj: fc.option(ref, { nil: undefined }),
    key: fc.oneof(fc.constantFrom('title', 'tasks', 'text', 'k', ''), ref),
    insert: fc.boolean(),
    value: fc.oneof(fc.integer(), fc.string({ maxLength: 4 })),
    pred: fc.array(ref, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      kinds,
      fc.array(op, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -3, max: 3 }),
      fc.boolean(),
      (schema, ops, shift, asAlice) => {
        const { world } = begin(schema);
        const id = ([at, name]: readonly [number, string]) =>
          `${Math.max(1, at)}@${name === 'genesis' ? '00'.repeat(16) : world.actor(name)}`;
        const forged = ops.map(({ action, obj, key, insert, value, pred }): ForgedOp => {
          const place = typeof key === 'string' ? { key } : { elemId: key[0] === 0 ? '_head' : id(key), insert };
          const carries = action === 'set' ? { value } : action === 'inc' ? { value: 1 } : {};
          return { action, obj: obj === undefined ? '_root' : id(obj), ...place, ...carries, pred: pred.map(id) };
        });
        const next = nextOn(world.doc, world.actor(asAlice ? 'alice' : 'mallory'));
        let bytes: Uint8Array;
        try {
          bytes = forgeChange({
            ...next,
            startOp: Math.max(1, next.startOp + (shift === 3 ? 2 ** 21 : shift < 0 ? shift : 0)),
            ops: forged,
          });
        } catch {
          return; // Automerge's own encoder refuses to write this one
        }
        survives(world, bytes);
        world.free();
      },
    ),
    { numRuns: RUNS },
  );
});

test('random bytes are refused with a code', () => {
  const { world } = begin(boardSchema);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const raw = world.submit(world.submission('mallory', bytes));
      const sealed = world.submit(world.submission('mallory', sealChunk(bytes)));
      expect([raw.voided.length, sealed.voided.length]).toEqual([1, 1]);
    }),
    { numRuns: RUNS * 4 },
  );
  world.proveAlive();
});
