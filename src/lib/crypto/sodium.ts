/**
 * The only file that knows libsodium. Roots await `readyCrypto` once; everything after is synchronous, so an append
 * can read the head, seal, sign and store in one IndexedDB transaction [C1].
 */
import sodium from 'libsodium-wrappers-sumo';

export async function readyCrypto(): Promise<void> {
  await sodium.ready;
}

export { sodium };
