/** The thread of `threaded-signature-checker.ts`: packed claims come in, verdicts go out, in their order. */
import { parentPort } from 'node:worker_threads';
import { verifyNatively } from './native-sodium.ts';
import type { VerifySignature } from './native-sodium.ts';
import { verdictsOn } from './packed-claims.ts';

const verify = verifyNatively ?? (await inWebAssembly());

parentPort?.on('message', (packed: Uint8Array) => {
  const verdicts = verdictsOn(packed, verify);
  parentPort?.postMessage(verdicts, [verdicts.buffer]);
});

async function inWebAssembly(): Promise<VerifySignature> {
  const [{ readyCrypto }, { isContextedSignature }] = await Promise.all([
    import('../../src/lib/crypto/sodium.ts'),
    import('../../src/lib/crypto/sign.ts'),
  ]);
  await readyCrypto();
  return isContextedSignature;
}
