import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ArchipelDatabase } from '../adapters/storage/database.ts';
import { DexieLogStore } from '../adapters/storage/dexie-log-store.ts';
import { IndexedDbKeyVault } from '../adapters/storage/key-vault-indexeddb.ts';
import { IndexedDbLocalStore } from '../adapters/storage/local-store-indexeddb.ts';
import { readyCrypto } from '../crypto/sodium.ts';
import { utf8 } from '../foundation/bytes.ts';
import { unwrap } from '../foundation/result.ts';
import { Gathering } from './gathering.fixture.ts';
import { Disk, PAGE_DOCUMENT, World } from './world.fixture.ts';

describe('content', () => {
  let world: World;
  beforeAll(readyCrypto);
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close());

  it('[C1] many writes at once keep one dense chain and their order', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    const texts = Array.from({ length: 300 }, (_, i) => `n${String(i)}`);
    const written = await Promise.all(texts.map((text) => alice.write(space, text)));
    expect(written.every((outcome) => outcome.ok)).toBe(true);
    expect(await alice.read(space)).toEqual(texts);
    const [head] = [...(await alice.root.engine.syncStatus())];
    expect(head?.pending).toBeGreaterThanOrEqual(300);
  });

  it('large text is compressed, random bytes are not, and what is too large is refused and breaks nothing', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'word '.repeat(400_000)));
    const last = alice.disk.log.spaces.get(space)!.arrival.at(-1)!;
    expect(last.bytes.length).toBeLessThan(20_000);
    const noise = crypto.getRandomValues(new Uint8Array(65_536));
    unwrap(await alice.engine.append({ space, document: PAGE_DOCUMENT, type: 'update', body: noise }));
    const huge = new Uint8Array(2 ** 21);
    for (let at = 0; at < huge.length; at += 65_536) crypto.getRandomValues(huge.subarray(at, at + 65_536));
    const refused = await alice.engine.append({ space, document: PAGE_DOCUMENT, type: 'update', body: huge });
    expect(refused).toMatchObject({ ok: false, error: { code: 'oversized' } });
    unwrap(await alice.write(space, 'still fine'));
    expect((await alice.read(space)).at(-1)).toBe('still fine');
  });

  it('[N1] from the start, what an own snapshot covers is not given again; what came later is', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    unwrap(await alice.write(space, 'one'));
    const { position } = unwrap(await alice.write(space, 'two'));
    unwrap(await alice.write(space, 'three'));
    const snapshot = { space, document: PAGE_DOCUMENT, type: 'snapshot', body: utf8('one+two') } as const;
    unwrap(await alice.engine.append({ ...snapshot, coversPosition: position }));
    unwrap(await alice.write(space, 'four'));
    expect((await alice.read(space)).toSorted()).toEqual(['four', 'one+two', 'three']);
    const tail = await alice.engine.entries(space, PAGE_DOCUMENT, position);
    expect(tail.map((entry) => entry.type)).toEqual(['update', 'snapshot', 'update']);
  });

  it('[N2] the snapshot of another member takes nothing away', async () => {
    const gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const { position } = unwrap(await host.device.write(host.space, 'from Alice'));
    await world.pass(8_000);
    const lie = { space: host.space, document: PAGE_DOCUMENT, type: 'snapshot', body: utf8('nothing') } as const;
    unwrap(await bob.engine.append({ ...lie, coversPosition: position + 100 }));
    await world.pass(8_000);
    expect((await host.device.read(host.space)).toSorted()).toEqual(['from Alice', 'nothing']);
  });

  it('[G8] a voided entry is never given again, restart or not', async () => {
    const alice = await world.person('Alice');
    const space = await alice.newSpace();
    const { id } = unwrap(await alice.write(space, 'poison'));
    unwrap(await alice.write(space, 'fine'));
    await alice.engine.voidEntry(space, id, 'gate-proof');
    expect(await alice.read(space)).toEqual(['fine']);
    alice.root.close();
    expect(await (await world.start(alice.disk)).read(space)).toEqual(['fine']);
  });

  it('[S4] a bundle carries a space by hand, twice without harm, cut and foreign ones are refused', async () => {
    const gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    const { device: bob, cut } = await gathering.admit(host, 'Bob', 'editor');
    cut();
    unwrap(await host.device.write(host.space, 'by courier'));
    const bundle = unwrap(await host.device.engine.exportBundle(host.space));
    expect(unwrap(await bob.engine.importBundle(bundle)).stored).toBe(1);
    expect(unwrap(await bob.engine.importBundle(bundle)).stored).toBe(0);
    expect(await bob.read(host.space)).toEqual(['by courier']);
    expect((await bob.engine.importBundle(bundle.subarray(0, bundle.length - 9))).ok).toBe(false);
    expect(await bob.engine.importBundle(utf8('not a bundle at all, but long enough'))).toMatchObject({
      ok: false,
      error: { code: 'not-a-bundle' },
    });
    const carol = await world.person('Carol');
    expect(await carol.engine.importBundle(bundle)).toMatchObject({ ok: false, error: { code: 'wrong-space' } });
  });

  it('[P4] a cursor reaches the other with its session, and none is stored', async () => {
    const gathering = new Gathering(world);
    const host = await gathering.host('Alice');
    const { device: bob } = await gathering.admit(host, 'Bob', 'editor');
    const before = bob.disk.log.spaces.get(host.space)!.arrival.length;
    await host.device.engine.sendPresence(host.space, PAGE_DOCUMENT, 'tab 1', utf8('at 3'));
    await world.pass(500);
    await host.device.engine.sendPresence(host.space, PAGE_DOCUMENT, 'tab 1', new Uint8Array(0));
    await world.pass(500);
    const frames = bob.events.flatMap((event) => (event.kind === 'presence' ? [event.frame] : []));
    expect(frames.map((frame) => [frame.session, frame.body.length])).toEqual([
      ['tab 1', 4],
      ['tab 1', 0],
    ]);
    expect(bob.disk.log.spaces.get(host.space)!.arrival).toHaveLength(before);
  });

  it('[V3] a dump of IndexedDB holds none of the names, texts, drafts and keys that were written', async () => {
    const indexedDB = new IDBFactory();
    const database = new ArchipelDatabase('archipel', { indexedDB, IDBKeyRange });
    const canary = {
      isSet: () => Promise.resolve(false),
      set: () => Promise.resolve(),
      clear: () => Promise.resolve(),
    };
    const alice = await world.start(new Disk(), {
      store: new DexieLogStore(database),
      localStore: new IndexedDbLocalStore(database),
      keyVault: new IndexedDbKeyVault(database, canary),
    });
    const protection = { kind: 'passphrase', passphrase: 'CANARY-passphrase' } as const;
    unwrap(await alice.engine.setUp({ protection, language: 'en', name: 'CANARY-name' }));
    const words = unwrap(await alice.engine.recoveryWords('CANARY-passphrase'));
    unwrap(await alice.engine.setRelay('wss://CANARY-relay.test'));
    const space = await alice.newSpace();
    for (let i = 0; i < 200; i++) unwrap(await alice.write(space, `CANARY-text-${String(i)} ${'x'.repeat(i)}`));
    unwrap(await alice.engine.putLocal('projections', 'CANARY-row', utf8('CANARY-projection')));
    expect(await alice.engine.getLocal('projections', 'CANARY-row')).toEqual(utf8('CANARY-projection'));
    expect(await alice.read(space)).toHaveLength(200);
    const rows: unknown[] = [];
    for (const table of database.tables) rows.push(...((await table.toArray()) as unknown[]));
    expect(rows.length).toBeGreaterThan(205);
    const dump = rows.map(textOf).join('\n');
    expect(textOf({ text: 'CANARY-x', bytes: utf8('CANARY-y') })).toContain('CANARY-y');
    expect(dump).not.toContain('CANARY');
    for (const pair of words.slice(1).map((word, i) => `${words[i] ?? ''} ${word}`)) expect(dump).not.toContain(pair);
    database.close();
  });
});

/** Every string and every byte of a row, bytes read as Latin-1. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value === 'object' && value !== null) return Object.entries(value).flat().map(textOf).join(' ');
  return String(value);
}
