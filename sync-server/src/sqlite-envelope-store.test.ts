import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeviceId, DocumentTag, EnvelopeId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';
import { envelopeStoreContract } from './envelope-store.contract.ts';
import type { StoreWrite } from './envelope-store.ts';
import { backUpDatabase, SqliteEnvelopeStore } from './sqlite-envelope-store.ts';

const SPACE = 'a1'.repeat(32) as SpaceId;
const ALICE = 'c3'.repeat(32) as DeviceId;

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'archipel-relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function synced(store: SqliteEnvelopeStore): Promise<void> {
  return new Promise((onReady) => {
    store.sync({ onDurable: () => undefined, onReady });
  });
}

/** As after kill -9 at this very moment: a copy of the files, without what only the process knows. */
function expectHeld(path: string, lastSeq: number): void {
  const copy = join(freshFolder(), 'relay.sqlite');
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
  const store = new SqliteEnvelopeStore(copy);
  expect(store.loadSpace(SPACE)?.heads.get(ALICE)?.seq).toBe(lastSeq);
  const [last] = store.read({ by: 'chain', space: SPACE, key: ALICE, fromSeq: lastSeq, toSeq: lastSeq, limit: 1 });
  expect(last?.bytes[0]).toBe(lastSeq & 255);
  store.close();
}

function appendAt(seq: number, size = 1): StoreWrite {
  const id = (seq + 1).toString(16).padStart(64, '0') as EnvelopeId;
  return {
    kind: 'append',
    space: SPACE,
    key: ALICE,
    seq,
    id,
    type: 4,
    tag: '00'.repeat(16) as DocumentTag,
    bytes: new Uint8Array(size).fill(seq),
    atMs: 0,
  };
}
const founded: StoreWrite = {
  kind: 'acl',
  space: SPACE,
  counter: 1,
  removed: [],
  entries: [{ key: ALICE, caps: 7, idx: 0 }],
  atMs: 0,
};

envelopeStoreContract('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archipel-relay-'));
  return {
    store: new SqliteEnvelopeStore(join(folder, 'relay.sqlite')),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe('SQLite alone', () => {
  test('[R3] a batch with one bad row leaves nothing behind, and the store goes on', () => {
    const store = new SqliteEnvelopeStore(join(freshFolder(), 'relay.sqlite'));
    store.commit([founded, appendAt(0)]);
    expect(() => {
      store.commit([appendAt(1), appendAt(0)]);
    }).toThrow(EnvironmentError);
    expect(store.loadSpace(SPACE)?.heads.get(ALICE)?.seq).toBe(0);
    store.commit([appendAt(1)]);
    expect(store.loadSpace(SPACE)?.heads.get(ALICE)?.seq).toBe(1);
    store.close();
  });

  test('[R3] nobody is served what power loss could still take back', async () => {
    const store = new SqliteEnvelopeStore(join(freshFolder(), 'relay.sqlite'));
    const served = (): number => store.read({ by: 'arrival', space: SPACE, fromArrival: 0, limit: 9 }).length;
    store.commit([founded, appendAt(0)]);
    expect(served()).toBe(0);
    await synced(store);
    expect(served()).toBe(1);
    store.commit([appendAt(1)]);
    const one = store.read({ by: 'chain', space: SPACE, key: ALICE, fromSeq: 0, toSeq: 9, limit: 9 });
    expect([served(), one.length]).toEqual([1, 1]);
    await synced(store);
    expect(served()).toBe(2);
    store.close();
  });

  test('[R3] what is on disk when a commit is called durable opens with all of it, before and after the log is carried over', async () => {
    const folder = freshFolder();
    const path = join(folder, 'relay.sqlite');
    const store = new SqliteEnvelopeStore(path);
    let seq = 0;
    const commits = 12;
    store.commit([founded]);
    for (let i = 0; i < commits; i++) {
      // Together far more than one log's worth, so the log is carried over and begun anew several times.
      store.commit(Array.from({ length: 250 }, () => appendAt(seq++, 4_000)));
      await new Promise<void>((resolve) => {
        store.sync({ onDurable: () => expectHeld(path, seq - 1), onReady: resolve });
      });
      expectHeld(path, seq - 1);
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan((commits / 2) * 250 * 4_000);
    store.close();
  });

  test('[R6] a backup of the running relay opens as a database of its own, with everything committed so far', () => {
    const folder = freshFolder();
    const store = new SqliteEnvelopeStore(join(folder, 'relay.sqlite'));
    store.commit([founded, appendAt(0), appendAt(1)]);
    backUpDatabase(join(folder, 'relay.sqlite'), join(folder, 'copy.sqlite'));
    store.commit([appendAt(2)]);
    store.close();
    const copy = new SqliteEnvelopeStore(join(folder, 'copy.sqlite'));
    expect(copy.loadSpace(SPACE)?.heads.get(ALICE)?.seq).toBe(1);
    copy.close();
  });

  test('a database from before struck keys were remembered is brought up to date where it lies', () => {
    const path = join(freshFolder(), 'relay.sqlite');
    const store = new SqliteEnvelopeStore(path);
    store.commit([founded, appendAt(0)]);
    store.close();
    const older = new DatabaseSync(path);
    older.exec('DROP TABLE struck; PRAGMA user_version = 1');
    older.close();
    const again = new SqliteEnvelopeStore(path);
    expect(again.loadSpace(SPACE)?.heads.get(ALICE)?.seq).toBe(0);
    again.commit([{ ...founded, counter: 9, entries: [], removed: [ALICE] }]);
    expect(again.findStruck(SPACE, ALICE)?.heads.get(ALICE)?.seq).toBe(0);
    again.close();
  });

  test('a database of a later version is refused instead of being misread', () => {
    const path = join(freshFolder(), 'relay.sqlite');
    const later = new DatabaseSync(path);
    later.exec('PRAGMA user_version = 99');
    later.close();
    expect(() => new SqliteEnvelopeStore(path)).toThrow(EnvironmentError);
  });
});
