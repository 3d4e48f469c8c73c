/**
 * Passkeys through WebAuthn's PRF extension: the authenticator gives 32 bytes that only it and this origin can make.
 * Nothing is sent to a server, so the challenge proves nothing to anyone; the bytes open the vault or they do not.
 */
import type { PasskeyOutput } from '../engine/ways-back/passkey-slot.ts';
import type { PasskeyView } from '../engine/ways-back/ways-back-calls.ts';
import type { MadePasskey, Passkeys } from './clients.ts';

const CHALLENGE_BYTES = 32;
const SALT_BYTES = 16;
const USER_BYTES = 16;
/** EdDSA, ES256, RS256: whatever the authenticator has; its signature is not used. */
const ALGORITHMS = [-8, -7, -257] as const;

export function browserPasskeys(): Passkeys {
  return {
    isSupported: () => 'PublicKeyCredential' in globalThis,
    make: (label) => quietly(() => makePasskey(label)),
    ask: (passkeys) => quietly(() => askPasskey(passkeys)),
  };
}

async function makePasskey(label: string): Promise<MadePasskey | undefined> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const rpId = location.hostname;
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: rpId, name: 'Archipel' },
      user: { id: crypto.getRandomValues(new Uint8Array(USER_BYTES)), name: label, displayName: label },
      challenge: crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      attestation: 'none',
      extensions: { prf: { eval: { first: salt } } },
    },
  });
  if (!(made instanceof PublicKeyCredential)) return undefined;
  const credentialId = new Uint8Array(made.rawId);
  const { prf } = made.getClientExtensionResults();
  if (prf?.enabled !== true && prf?.results === undefined) return undefined;
  const place = { rpId, credentialId, label };
  // Most authenticators make the bytes only when asked, not when they are made.
  const output = outputOf(prf.results) ?? (await askPasskey([{ ...place, salt }]))?.output;
  return output && { place, salt, output };
}

async function askPasskey(passkeys: readonly PasskeyView[]): Promise<PasskeyOutput | undefined> {
  const here = passkeys.filter(({ rpId }) => rpId === location.hostname);
  if (here.length === 0) return undefined;
  const evalByCredential = Object.fromEntries(
    here.map(({ credentialId, salt }) => [base64url(credentialId), { first: owned(salt) }]),
  );
  const got = await navigator.credentials.get({
    publicKey: {
      rpId: location.hostname,
      challenge: crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)),
      allowCredentials: here.map(({ credentialId }) => ({ type: 'public-key', id: owned(credentialId) })),
      userVerification: 'required',
      extensions: { prf: { evalByCredential } },
    },
  });
  if (!(got instanceof PublicKeyCredential)) return undefined;
  const output = outputOf(got.getClientExtensionResults().prf?.results);
  return output && { credentialId: new Uint8Array(got.rawId), output };
}

/** Refused, cancelled and timed out are one thing to WebAuthn, on purpose. */
async function quietly<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DOMException) return undefined;
    throw cause;
  }
}

function outputOf(results: { readonly first: BufferSource } | undefined): Uint8Array | undefined {
  if (results === undefined) return undefined;
  const { first } = results;
  return ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength).slice()
    : new Uint8Array(first).slice();
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/gu, '-')
    .replace(/\//gu, '_')
    .replace(/[=]+$/u, '');
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
