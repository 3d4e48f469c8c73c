/**
 * Envelopes sealed, and verified and opened, per second on one core, beside the bare libsodium calls that each needs:
 * hash, AEAD and signature. And what a 0.5 MB deflate bomb costs before it is refused [G1].
 */
import { Deflate } from 'fflate';
import { concatBytes } from '../src/lib/foundation/bytes.ts';
import { unwrap } from '../src/lib/foundation/result.ts';
import { castOf, updateRequest } from '../src/lib/crypto/cast.fixture.ts';
import { openEnvelope, sealEnvelope, verifyEnvelope } from '../src/lib/crypto/envelope-seal.ts';
import { readyCrypto, sodium } from '../src/lib/crypto/sodium.ts';
import { inflateBody, MAX_INFLATED_BYTES } from '../src/lib/protocol/deflate.ts';
import type { BenchRow } from './bench-row.ts';

const BATCH = 250;
const ROUNDS = 40;
const BODY_BYTES = 150;
const BOMB_ROUNDS = 30;

interface Spread {
  readonly median: number;
  readonly p95: number;
}

export async function run(): Promise<BenchRow[]> {
  await readyCrypto();
  const cast = {
    ...castOf('bench'),
    random: { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) },
  };
  const request = updateRequest(cast, cast.random.bytes(BODY_BYTES));
  const sealed = Array.from({ length: BATCH }, () => unwrap(sealEnvelope(request)).bytes);
  const bare = bareCalls(sealed[0] ?? new Uint8Array(0));
  const timed = sampleAlternately([
    () => unwrap(sealEnvelope(request)),
    bare.seal,
    (i: number) => unwrap(openEnvelope(unwrap(verifyEnvelope(sealed[i] ?? new Uint8Array(0))), cast.keys)),
    bare.open,
  ]);
  const [seal, bareSeal, open, bareOpen] = timed as [Spread, Spread, Spread, Spread];
  return [
    perSecond('envelopes sealed', 8000, seal, bareSeal),
    perSecond('envelopes verified and opened', 5000, open, bareOpen),
    bombRow(),
  ];
}

/** The libsodium calls of one envelope, on bytes of the same lengths, and nothing around them. */
function bareCalls(envelope: Uint8Array): { seal: () => void; open: () => void } {
  const key = sodium.crypto_aead_xchacha20poly1305_ietf_keygen();
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  const nonce = new Uint8Array(24);
  const aad = envelope.subarray(0, 220);
  const plain = envelope.slice(220, -80);
  const hashed = envelope.subarray(0, -64);
  const ciphertext = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, nonce, key);
  const id = sodium.crypto_generichash(32, hashed, null);
  const signature = sodium.crypto_sign_detached(id, privateKey);
  return {
    seal: () => {
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, aad, null, crypto.getRandomValues(nonce), key);
      sodium.crypto_sign_detached(sodium.crypto_generichash(32, hashed, null), privateKey);
    },
    open: () => {
      sodium.crypto_sign_verify_detached(signature, sodium.crypto_generichash(32, hashed, null), publicKey);
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, aad, new Uint8Array(24), key);
    },
  };
}

/** Microseconds per call; the tasks take turns, so that a busy moment of the machine hits all of them. */
function sampleAlternately(tasks: readonly ((i: number) => unknown)[]): Spread[] {
  const samples = tasks.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    tasks.forEach((task, at) => {
      const start = performance.now();
      for (let i = 0; i < BATCH; i++) task(i);
      if (round > 2) samples[at]?.push(((performance.now() - start) * 1000) / BATCH);
    });
  }
  return samples.map(spreadOf);
}

function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}

function perSecond(figure: string, budget: number, ours: Spread, peer: Spread): BenchRow {
  const rate = (microseconds: number): number => Math.round(1e6 / microseconds);
  return {
    figure,
    median: `${String(rate(ours.median))}/s`,
    p95: `${String(rate(ours.p95))}/s`,
    peer: `libsodium calls alone: ${String(rate(peer.median))}/s`,
    ratio: (peer.median / ours.median).toFixed(2),
    budget: `≥ ${String(budget)}/s`,
    isWithin: rate(ours.median) >= budget,
  };
}

function bombRow(): BenchRow {
  const bomb = concatBytes(Uint8Array.of(0, MAX_INFLATED_BYTES >> 16, 0, 0), bombOf(512));
  const samples = Array.from({ length: BOMB_ROUNDS }, () => {
    const start = performance.now();
    if (inflateBody(bomb).ok) throw new Error('the bomb was not refused');
    return performance.now() - start;
  });
  const { median, p95 } = spreadOf(samples.slice(2));
  return {
    figure: `deflate bomb of ${(bomb.length / 1e6).toFixed(2)} MB refused`,
    median: `${median.toFixed(0)} ms`,
    p95: `${p95.toFixed(0)} ms`,
    peer: '–',
    ratio: '–',
    budget: '< 50 ms',
    isWithin: median < 50,
  };
}

/** Deflated zeros: about 1 KB for each MiB. */
function bombOf(mebibytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const stream = new Deflate({ level: 1 }, (part) => parts.push(part));
  const zeros = new Uint8Array(2 ** 20);
  for (let i = 0; i < mebibytes; i++) stream.push(zeros, i === mebibytes - 1);
  return concatBytes(...parts);
}
