/**
 * The history of a space's membership as a file (docs/spec/membership-export.md): JSON that anyone can read, whose last
 * member is a signature over every byte before it. What is signed are the bytes as received [X2].
 */
import { decodeUtf8, utf8 } from '../foundation/bytes.ts';
import { parseId, type DeviceId, type EnvelopeId, type SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import { MAX_ENVELOPE_BYTES, SIGNATURE_BYTES } from './envelope.ts';

export interface ExportedOperation {
  readonly id: EnvelopeId;
  readonly author: DeviceId;
  readonly seq: number;
  /** What it says, in the exporting device's reading: the signature above all vouches for it. */
  readonly says: Readonly<Record<string, string | number | boolean>>;
  /** The envelope as its author signed it. */
  readonly bytes: Uint8Array;
}

export interface MembershipStatement {
  readonly space: SpaceId;
  readonly madeBy: DeviceId;
  readonly madeAt: number;
  /** In an order in which every operation comes after those it knew. */
  readonly operations: readonly ExportedOperation[];
}

export interface MembershipExport {
  readonly statement: MembershipStatement;
  /** What the signature covers. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

export const MAX_EXPORT_BYTES = 256 * 2 ** 20;
export const MAX_EXPORTED_OPERATIONS = 100_000;
const FORMAT = 'archipel-membership';
const VERSION = 1;
const SEAL = ',\n  "signature": "';
const END = '"\n}\n';
const MAX_SAYINGS = 32;
const MAX_SAYING_LENGTH = 4096;

export function encodeMembershipExport(
  statement: MembershipStatement,
  sign: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const { space, madeBy, madeAt } = statement;
  const operations = statement.operations.map(({ bytes, ...operation }) => ({
    ...operation,
    bytes: toBase64url(bytes),
  }));
  const json = JSON.stringify({ format: FORMAT, version: VERSION, space, madeBy, madeAt, operations }, null, 2);
  const text = json.slice(0, json.lastIndexOf('\n}'));
  return utf8(`${text}${SEAL}${toBase64url(sign(utf8(text)))}${END}`);
}

/** Bounds and shape; signatures are the verifier's. */
export function decodeMembershipExport(bytes: Uint8Array): Result<MembershipExport> {
  if (bytes.length > MAX_EXPORT_BYTES) return fail('file-too-large');
  const text = decodeUtf8(bytes);
  const cut = text?.lastIndexOf(SEAL) ?? -1;
  if (text === undefined || cut < 0 || !text.endsWith(END)) return fail('truncated', 'no signature at the end');
  const signature = fromBase64url(text.slice(cut + SEAL.length, -END.length));
  if (signature?.length !== SIGNATURE_BYTES) return fail('malformed', 'signature');
  const statement = readStatement(text);
  return statement.ok ? ok({ statement: statement.value, signed: utf8(text.slice(0, cut)), signature }) : statement;
}

function readStatement(text: string): Result<MembershipStatement> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail('malformed', 'not JSON');
  }
  if (!isRecord(json) || json['format'] !== FORMAT) return fail('malformed', 'another format');
  if (json['version'] !== VERSION) return fail('unknown-version');
  const space = readId('SpaceId', json['space']);
  const madeBy = readId('DeviceId', json['madeBy']);
  const madeAt = json['madeAt'];
  const listed = json['operations'];
  if (space === undefined || madeBy === undefined || !isCount(madeAt) || !Array.isArray(listed))
    return fail('malformed', 'head');
  if (listed.length > MAX_EXPORTED_OPERATIONS) return fail('oversized', 'operations');
  const operations: ExportedOperation[] = [];
  for (const one of listed as readonly unknown[]) {
    const operation = readOperation(one);
    if (operation === undefined) return fail('malformed', 'operation');
    operations.push(operation);
  }
  return ok({ space, madeBy, madeAt, operations });
}

function readOperation(json: unknown): ExportedOperation | undefined {
  if (!isRecord(json)) return undefined;
  const id = readId('EnvelopeId', json['id']);
  const author = readId('DeviceId', json['author']);
  const { seq, bytes: text, says: said } = json;
  const bytes = typeof text === 'string' && text.length <= 2 * MAX_ENVELOPE_BYTES ? fromBase64url(text) : undefined;
  const says = readSayings(said);
  if (id === undefined || author === undefined || !isCount(seq) || bytes === undefined || says === undefined)
    return undefined;
  return { id, author, seq, says, bytes };
}

function readSayings(json: unknown): ExportedOperation['says'] | undefined {
  if (!isRecord(json)) return undefined;
  const entries = Object.entries(json);
  const isPlain = entries.every(
    ([, value]) =>
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      (typeof value === 'string' && value.length <= MAX_SAYING_LENGTH),
  );
  return entries.length <= MAX_SAYINGS && isPlain ? (json as ExportedOperation['says']) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readId<N extends 'SpaceId' | 'DeviceId' | 'EnvelopeId'>(name: N, value: unknown) {
  return typeof value === 'string' ? parseId(name, value) : undefined;
}
