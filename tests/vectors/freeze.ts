/** `node tests/vectors/freeze.ts` writes the frozen vectors anew and prints the hash for `wire-history.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { makeVectors } from './frozen.ts';
import { schemaHashOf } from './schema-hash.ts';

await readyCrypto();
const folder = join(import.meta.dirname, 'frozen');
mkdirSync(folder, { recursive: true });
const vectors = makeVectors();
for (const [name, content] of Object.entries(vectors)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
console.log(schemaHashOf(vectors));
