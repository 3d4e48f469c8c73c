/** One hash over all frozen vectors: any byte of any format changes it. */
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { sodium } from '../../src/lib/crypto/sodium.ts';
import { VECTOR_FILES } from './frozen.ts';
import type { VectorFile } from './frozen.ts';
import type { Vectors } from './frozen-ids.ts';

export function schemaHashOf(vectors: Readonly<Record<VectorFile, Vectors>>): string {
  const text = VECTOR_FILES.map((name) => JSON.stringify([name, vectors[name]])).join('\n');
  return bytesToHex(sodium.crypto_generichash(32, utf8(text), null));
}
