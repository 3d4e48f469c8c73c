import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readyAutomergeInNode } from '../../../tests/support/ready-automerge.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import type { DocumentId } from '../foundation/ids.ts';
import { unwrap } from '../foundation/result.ts';
import { ClosedSpace, type Person } from './newcomers.fixture.ts';
import { shareToday } from './share-today.ts';

describe('[K4] newcomers read from their join on', () => {
  let space: ClosedSpace;
  beforeAll(async () => {
    await readyCrypto();
    await readyAutomergeInNode();
  });
  beforeEach(() => {
    space = new ClosedSpace();
  });
  afterEach(() => space.close());

  it('Carol learns what the space is called, and not one title or message from before', async () => {
    const { alice, dave } = await space.begin();
    await alice.add('page', 'Old minutes');
    const talk = await dave.add('channel', 'Talk');
    await dave.say(talk, 'before');
    const carol = await space.admit('Carol');
    expect(await carol.list()).toMatchObject({ name: 'Barrage', items: [] });
    expect(await dave.titles()).toEqual(['Old minutes', 'Talk']);
    expect(await carol.messages(talk)).toEqual([]);
  });

  it('what is added and said since reaches everybody, in one list and one conversation', async () => {
    const { alice, dave } = await space.begin();
    await alice.add('page', 'Old minutes');
    const talk = await dave.add('channel', 'Talk');
    await dave.say(talk, 'before');
    const carol = await space.admit('Carol');
    await alice.add('page', 'New minutes');
    await carol.add('page', 'By Carol');
    await alice.say(talk, 'welcome');
    await carol.say(talk, 'thanks');
    await dave.say(talk, 'hello');
    await space.world.pass(8_000);
    for (const old of [alice, dave]) {
      expect((await old.titles()).toSorted()).toEqual(['By Carol', 'New minutes', 'Old minutes', 'Talk']);
      expect(await old.messages(talk)).toEqual(['before', 'welcome', 'thanks', 'hello']);
    }
    expect((await carol.titles()).toSorted()).toEqual(['By Carol', 'New minutes', 'Talk']);
    expect(await carol.messages(talk)).toEqual(['welcome', 'thanks', 'hello']);
  });
});

describe('[K4] [N4] today’s version of a page or a board', () => {
  let space: ClosedSpace;
  beforeAll(async () => {
    await readyCrypto();
    await readyAutomergeInNode();
  });
  beforeEach(() => {
    space = new ClosedSpace();
  });
  afterEach(() => space.close());

  async function share(person: Person, item: DocumentId): Promise<void> {
    const items = (await person.list()).items.filter(({ document }) => document === item);
    unwrap(await shareToday({ documents: person.documents, space: person.space, items }));
    await space.world.pass(8_000);
  }

  const carry = async (person: Person, item: DocumentId, whose: 'own' | 'all') => {
    const { waiting } = unwrap(await person.documents.carryOver(person.space, await person.contentOf(item), whose));
    await space.world.pass(8_000);
    return waiting;
  };

  it('Alice shares a page: Carol reads it as it stands and nothing of how it came to be, and all three write on', async () => {
    const { alice, dave } = await space.begin();
    const page = await alice.add('page', 'Minutes');
    await alice.write(page, 'a secret that was struck out');
    await alice.write(page, 'Present: all');
    const carol = await space.admit('Carol');
    expect(await carol.titles()).toEqual([]);
    await share(alice, page);
    expect(await carol.titles()).toEqual(['Minutes']);
    expect(await carol.lines(page)).toEqual(['Present: all']);
    await carol.write(await carol.contentOf(page), 'Present: all', 'Carol was here');
    await space.world.pass(8_000);
    for (const each of [alice, dave, carol]) expect(await each.lines(page)).toEqual(['Present: all', 'Carol was here']);
    // Not a byte that her keys open tells of it.
    const opened = await carol.everythingOpened();
    expect(opened).toContain('Present: all');
    expect(opened).not.toContain('struck out');
    expect(opened).not.toContain('secret');
  });

  it('a board comes over with its tasks under their own ids', async () => {
    const { alice, dave } = await space.begin();
    const board = await alice.add('board', 'Work');
    await alice.edit(board, {
      edit: 'task.add',
      id: 't1',
      fields: { title: 'Sweep', status: 'doing', due: '2026-12-24' },
    });
    await alice.edit(board, { edit: 'check.add', id: 't1', item: 'c1', text: 'the roof' });
    await alice.edit(board, { edit: 'task.add', id: 't2', fields: { title: 'Gone' } });
    await alice.edit(board, { edit: 'task.delete', id: 't2' });
    const carol = await space.admit('Carol');
    await share(dave, board);
    expect(await carol.tasks(await carol.contentOf(board))).toMatchObject([
      { id: 't1', title: 'Sweep', status: 'doing', due: '2026-12-24', checklist: [{ id: 'c1', text: 'the roof' }] },
    ]);
    expect(await carol.everythingOpened()).not.toContain('Gone');
  });

  it('what Dave wrote offline in the page as it was is carried into the shared one, once, by his own device', async () => {
    const { alice, dave } = await space.begin();
    const page = await alice.add('page', 'Minutes');
    await alice.write(page, 'one', 'two', 'three');
    await space.world.pass(8_000);
    const carol = await space.admit('Carol');
    const back = space.takeOffline(dave);
    await dave.write(page, 'one', 'two, says Dave', 'three', 'four');
    await share(alice, page);
    await carol.write(await carol.contentOf(page), 'one', 'two', 'Carol: three');
    back();
    await space.world.pass(30_000);
    expect(await carry(alice, page, 'own')).toEqual([await dave.member()]);
    expect(await carry(dave, page, 'own')).toEqual([]);
    expect(await carry(dave, page, 'own')).toEqual([]);
    expect(await carry(alice, page, 'all')).toEqual([]);
    const expected = ['one', 'two, says Dave', 'Carol: three', 'four'];
    for (const each of [alice, dave, carol]) expect(await each.lines(page)).toEqual(expected);
  });

  it('of a member whose device never comes back, anybody who reads the former page brings the work over', async () => {
    const { alice, dave } = await space.begin();
    const board = await alice.add('board', 'Work');
    await alice.edit(board, { edit: 'task.add', id: 't1', fields: { title: 'Sweep' } });
    await space.world.pass(8_000);
    const carol = await space.admit('Carol');
    await share(alice, board);
    await dave.edit(board, { edit: 'task.add', id: 't3', fields: { title: 'By Dave' } });
    await dave.edit(board, { edit: 'task.set', id: 't1', fields: { status: 'done' } });
    await space.world.pass(8_000);
    expect(await carry(carol, board, 'all')).toEqual([]);
    expect((await carol.tasks(await carol.contentOf(board))).map(({ title }) => title)).toEqual(['Sweep']);
    expect(await carry(alice, board, 'own')).toEqual([await dave.member()]);
    expect(await carry(alice, board, 'all')).toEqual([]);
    expect(await carol.tasks(await carol.contentOf(board))).toMatchObject([
      { id: 't1', status: 'done' },
      { id: 't3', title: 'By Dave' },
    ]);
  });

  it('for Dan, who comes after Carol, the page is shared again, and late work finds its way through both', async () => {
    const { alice, dave } = await space.begin();
    const page = await alice.add('page', 'Minutes');
    await alice.write(page, 'one', 'two');
    await space.world.pass(8_000);
    const back = space.takeOffline(dave);
    await dave.write(page, 'one', 'two', 'three by Dave');
    const carol = await space.admit('Carol');
    await share(alice, page);
    await carol.write(await carol.contentOf(page), 'one by Carol', 'two');
    const dan = await space.admit('Dan');
    expect(await dan.titles()).toEqual([]);
    await share(carol, page);
    expect(await dan.lines(page)).toEqual(['one by Carol', 'two']);
    back();
    await space.world.pass(30_000);
    await carry(dave, page, 'own');
    for (const each of [alice, dave, carol, dan])
      expect(await each.lines(page)).toEqual(['one by Carol', 'two', 'three by Dave']);
  });
});
