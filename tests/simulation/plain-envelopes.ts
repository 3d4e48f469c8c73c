/**
 * Envelopes with the real header and a cheap stand-in for hash and signature, so that tens of thousands of histories run
 * in minutes. Nobody in the simulation computes another's signature, so a forged or flipped byte is caught all the same.
 */
import { bytesToHex, concatBytes, hexToBytes, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idFromBytes, ZERO_EPOCH, ZERO_SPACE, ZERO_TAG } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, EnvelopeId, EpochId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { LogEntry } from '../../src/lib/log/log-store.ts';
import { tagNamed } from '../../src/lib/log/log-entries.fixture.ts';
import {
  decodeEnvelope,
  encodeHeader,
  isClearType,
  MIN_SEALED_BYTES,
  ZERO_MEMBERSHIP_REF,
  type EnvelopeHeader,
  type EnvelopeType,
} from '../../src/lib/protocol/envelope.ts';

/** A key pair: what is secret is known to its owner and to `Keyring`, which stands in for arithmetic. */
export class Keyring {
  readonly #secrets = new Map<DeviceId, Uint8Array>();

  newKey(name: string): DeviceId {
    const device = idFromBytes('DeviceId', digest([utf8(`device ${name}`)]));
    this.#secrets.set(device, digest([utf8(`secret ${name}`)]));
    return device;
  }

  sign(device: DeviceId, message: readonly Uint8Array[]): Uint8Array {
    const secret = this.#secrets.get(device);
    if (secret === undefined) throw new Error('unknown key');
    const half = digest([secret, ...message]);
    return concatBytes(half, half);
  }

  isSigned(device: DeviceId, message: readonly Uint8Array[], signature: Uint8Array): boolean {
    return this.#secrets.has(device) && bytesToHex(this.sign(device, message)) === bytesToHex(signature);
  }
}

export interface PlainFields {
  readonly space: SpaceId;
  readonly author: DeviceId;
  readonly seq: number;
  readonly prev: EnvelopeId;
  readonly type: EnvelopeType;
  readonly epoch: EpochId;
  readonly body: Uint8Array;
}

export interface PlainEnvelope {
  readonly header: EnvelopeHeader;
  readonly entry: LogEntry;
  readonly epoch: EpochId;
  readonly body: Uint8Array;
}

export function sealPlain(keys: Keyring, fields: PlainFields): LogEntry {
  const isClear = isClearType(fields.type);
  const isGenesis = fields.type === 'genesis';
  const header: EnvelopeHeader = {
    suite: 1,
    type: fields.type,
    flags: { clear: isClear, deflated: false },
    space: isGenesis ? ZERO_SPACE : fields.space,
    tag: isClear ? ZERO_TAG : tagNamed('document'),
    epoch: isClear ? ZERO_EPOCH : fields.epoch,
    author: fields.author,
    seq: fields.seq,
    prev: fields.prev,
    mref: ZERO_MEMBERSHIP_REF,
    nonce: new Uint8Array(24),
  };
  const content = new Uint8Array(Math.max(MIN_SEALED_BYTES, fields.body.length + 1));
  content[0] = fields.body.length;
  content.set(fields.body, 1);
  const signed = concatBytes(encodeHeader(header, content.length), content);
  const id = idOf(signed);
  const bytes = concatBytes(signed, keys.sign(fields.author, [hexToBytes(id)]));
  return { ...fields, space: isGenesis ? plainSpaceId(id) : fields.space, id, tag: header.tag, bytes };
}

/** Undefined unless well-formed and signed by its author. */
export function verifyPlain(keys: Keyring, bytes: Uint8Array): PlainEnvelope | undefined {
  const decoded = decodeEnvelope(bytes);
  if (!decoded.ok) return undefined;
  const { header, headerBytes, ciphertext, signature } = decoded.value;
  const id = idOf(bytes.subarray(0, headerBytes.length + ciphertext.length));
  if (!keys.isSigned(header.author, [hexToBytes(id)], signature)) return undefined;
  const { author, seq, prev, type, tag } = header;
  const space = type === 'genesis' ? plainSpaceId(id) : header.space;
  const body = ciphertext.subarray(1, 1 + (ciphertext[0] ?? 0));
  return { header, entry: { space, author, seq, id, prev, type, tag, bytes }, epoch: header.epoch, body };
}

export function plainSpaceId(genesis: EnvelopeId): SpaceId {
  return idFromBytes('SpaceId', digest([utf8('space'), hexToBytes(genesis)]));
}

function idOf(signed: Uint8Array): EnvelopeId {
  return idFromBytes('EnvelopeId', digest([signed]));
}

/** 32 bytes from two 32-bit lanes: collides for nobody who does not try. */
export function digest(parts: readonly Uint8Array[]): Uint8Array {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const part of parts) {
    for (const byte of part) {
      a = Math.imul(a ^ byte, 0x9e3779b1);
      b = Math.imul(b ^ byte, 0x5f356495);
    }
    a ^= part.length;
  }
  const out = new Uint8Array(32);
  const view = new DataView(out.buffer);
  for (let lane = 0; lane < 8; lane++) {
    a = Math.imul(a ^ (b >>> 15) ^ lane, 0x85ebca6b);
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35);
    view.setUint32(lane * 4, (a ^ b) >>> 0);
  }
  return out;
}
