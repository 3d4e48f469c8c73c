/** Makes and checks the membership file offline: no key, no space and no network is needed to check one. */
import type { EnvelopeId, SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { CONTEXTS } from '../protocol/contexts.ts';
import {
  decodeMembershipExport,
  encodeMembershipExport,
  type ExportedOperation,
  type MembershipStatement,
} from '../protocol/membership-export.ts';
import { idToBytes } from '../foundation/ids.ts';
import { spaceIdOf, verifyEnvelope } from './envelope-seal.ts';
import type { SigningSecret } from './keys.ts';
import { isSignedBy, sign } from './sign.ts';

export function signMembershipExport(statement: MembershipStatement, secret: SigningSecret): Uint8Array {
  return encodeMembershipExport(statement, (bytes) => sign(secret, CONTEXTS.membershipExport, bytes));
}

/**
 * The whole file was signed by the device it names, each operation by its author, and all belong to the space whose
 * genesis stands among them. That a device was a member, only one who can open the operations can say.
 */
export function verifyMembershipExport(bytes: Uint8Array): Result<MembershipStatement> {
  const decoded = decodeMembershipExport(bytes);
  if (!decoded.ok) return decoded;
  const { statement, signed, signature } = decoded.value;
  if (!isSignedBy(idToBytes(statement.madeBy), CONTEXTS.membershipExport, { bytes: signed, signature }))
    return fail('bad-signature', 'the file');
  let geneses = 0;
  const ids = new Set<EnvelopeId>();
  for (const operation of statement.operations) {
    const kind = kindOf(operation, statement.space);
    if (!kind.ok) return kind;
    if (kind.value === 'genesis') geneses++;
    ids.add(operation.id);
  }
  if (geneses !== 1) return fail('malformed', 'one genesis');
  return ids.size === statement.operations.length ? ok(statement) : fail('malformed', 'an operation twice');
}

function kindOf(operation: ExportedOperation, space: SpaceId): Result<'genesis' | 'membership'> {
  const envelope = verifyEnvelope(operation.bytes);
  if (!envelope.ok) return envelope;
  const { header, id } = envelope.value;
  if (id !== operation.id || header.author !== operation.author || header.seq !== operation.seq)
    return fail('malformed', 'the operation is another');
  if (header.type !== 'genesis' && header.type !== 'membership') return fail('unknown-type');
  const home = header.type === 'genesis' ? spaceIdOf(id) : header.space;
  return home === space ? ok(header.type) : fail('wrong-space');
}
