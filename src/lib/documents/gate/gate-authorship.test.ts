import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readyAutomergeInNode } from '../../../../tests/support/ready-automerge.ts';
import { A, fixedText, type Doc } from '../automerge.ts';
import { keyOfMessage } from '../channel/channel-projection.ts';
import { channelSchema } from '../channel/channel-schema.ts';
import { forgeChange, nextOn, type ForgedOp } from '../testing/chunk-forge.ts';
import { GateWorld } from '../testing/gate-world.ts';

beforeAll(readyAutomergeInNode);

type Records = Record<string, Record<string, unknown>>;
let world: GateWorld;
const byMallory = (ops: readonly ForgedOp[]) => forgeChange({ ...nextOn(world.doc, world.actor('mallory')), ops });

describe('[G10] in a channel', () => {
  const message = (draft: Doc, name: string, id = 'm') =>
    (draft['messages'] as Records)[keyOfMessage(world.member(name), id)]!;
  const send =
    (name: string, text: string, id = 'm') =>
    (draft: Doc) => {
      (draft['messages'] as Records)[keyOfMessage(world.member(name), id)] = { text: fixedText(text), sentAt: 1 };
    };

  beforeEach(() => {
    world = new GateWorld(channelSchema);
    expect(world.verdict('alice', world.changeBy('alice', send('alice', 'Hello')))).toBe('admitted');
  });

  test('everyone writes, edits and deletes their own', () => {
    expect(world.verdict('bob', world.changeBy('bob', send('bob', 'Hi')))).toBe('admitted');
    expect(
      world.verdict(
        'bob',
        world.changeBy('bob', (draft) => (message(draft, 'bob')['text'] = fixedText('Hi!'))),
      ),
    ).toBe('admitted');
    expect(
      world.verdict(
        'alice',
        world.changeBy('alice', (draft) => (message(draft, 'alice')['deleted'] = true)),
      ),
    ).toBe('admitted');
  });

  test('nobody edits, marks, deletes or replaces another’s, or sends in another’s name', () => {
    const messages = A.getObjectId(world.doc['messages'])!;
    const forged: readonly ((draft: Doc) => void)[] = [
      (draft) => (message(draft, 'alice')['text'] = fixedText('Forged')),
      (draft) => (message(draft, 'alice')['deleted'] = true),
      (draft) => Reflect.deleteProperty(draft['messages'] as object, keyOfMessage(world.member('alice'), 'm')),
      send('alice', 'Replaced'),
      send('alice', 'Invented', 'n'),
      (draft) => ((draft['reactions'] as Record<string, unknown>)[`${world.member('alice')}:m:👍`] = true),
    ];
    for (const change of forged)
      expect(world.verdict('mallory', world.changeBy('mallory', change))).toBe('gate-authorship');
    const beside = byMallory([
      { action: 'makeMap', obj: messages, key: keyOfMessage(world.member('alice'), 'm'), pred: [] },
    ]);
    expect(world.verdict('mallory', beside)).toBe('gate-authorship');
    expect(world.verdict('mallory', world.changeBy('mallory', send('mallory', 'My own words')))).toBe('admitted');
  });
});
