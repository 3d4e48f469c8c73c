/** What a thief of the relay's disk has: a copy of its database, and every envelope of a space in it. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SpaceId } from '../../../src/lib/foundation/ids.ts';
import { hexToBytes } from '../../../src/lib/foundation/bytes.ts';
import { encodeBundle } from '../../../src/lib/protocol/bundle.ts';
import { encodeFrame } from '../../../src/lib/protocol/frames.ts';
import type { GivenFile } from './carrying.ts';

/** All that the database at `folder` holds of a space, as a file that any device takes in. */
export function copyOfRelay(folder: string, spacePath: string): GivenFile {
  const space = spacePath.replace('/s/', '') as SpaceId;
  const copy = mkdtempSync(join(tmpdir(), 'archipel-stolen-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const database = new DatabaseSync(join(copy, 'relay.sqlite'));
    const rows = database
      .prepare(
        'SELECT blob FROM envelope JOIN space ON space.number = envelope.space WHERE space.id = ? ORDER BY arrival',
      )
      .all(hexToBytes(space));
    database.close();
    const frames = rows.map((row) => encodeFrame({ kind: 'env', bytes: new Uint8Array(row['blob'] as Uint8Array) }));
    return { name: 'stolen.archipel', bytes: Buffer.from(encodeBundle(space, frames)) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
