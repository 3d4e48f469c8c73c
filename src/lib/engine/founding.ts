/** The first entry of a space. Its hash makes the space's id, so it is sealed before anything else can exist. */
import { idFromBytes, ZERO_ENVELOPE, ZERO_SPACE } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { unwrap } from '../foundation/result.ts';
import { sealEnvelope } from '../crypto/envelope-seal.ts';
import { newKemKeyPair } from '../crypto/kem.ts';
import type { RecoverySeed } from '../crypto/keys.ts';
import { recoveryContext, recoveryDeviceOf } from '../crypto/recovery-keys.ts';
import { newSigningKeyPair } from '../crypto/sign.ts';
import type { LogEntry } from '../log/log-store.ts';
import { ZERO_MEMBERSHIP_REF } from '../protocol/envelope.ts';
import { encodeMembershipRecord } from '../protocol/membership-codec.ts';
import type { MembershipOp, SpaceParent } from '../protocol/membership-op.ts';
import { ZERO_DOCUMENT } from '../foundation/ids.ts';
import { heldEnvelope, logEntryOf } from './held-envelope.ts';
import type { SpaceSecrets } from './vault-secrets.ts';

const SALT_BYTES = 16;
const MEMBER_BYTES = 16;

export interface Founding {
  readonly secrets: SpaceSecrets;
  readonly genesis: LogEntry;
}

/** Random keys for this device, and the recovery device that the person's words derive. */
export function foundSpace(
  seed: RecoverySeed,
  { random, nowMs, parent }: { readonly random: Random; readonly nowMs: number; readonly parent?: SpaceParent },
): Founding {
  const author = newSigningKeyPair(random);
  const kem = newKemKeyPair(random);
  const salt = random.bytes(SALT_BYTES);
  const member = idFromBytes('MemberId', random.bytes(MEMBER_BYTES));
  const operation: MembershipOp = {
    op: 'genesis',
    memberId: member,
    keys: { device: author.device, kem: kem.publicKey },
    recovery: recoveryDeviceOf(seed, recoveryContext({ salt })).keys,
    policy: { historyFrom: 'start' },
    salt,
    ...(parent === undefined ? {} : { parent }),
  };
  const body = encodeMembershipRecord({ parents: [], operation });
  const sealed = unwrap(
    sealEnvelope({
      type: 'genesis',
      space: ZERO_SPACE,
      author,
      seq: 0,
      prev: ZERO_ENVELOPE,
      mref: ZERO_MEMBERSHIP_REF,
      payload: { documentId: ZERO_DOCUMENT, kind: 'genesis', body, claimedTime: nowMs },
      random,
    }),
  );
  const genesis = logEntryOf(heldEnvelope(sealed));
  const secrets: SpaceSecrets = {
    space: genesis.space,
    member,
    device: author.device,
    sign: author.secret,
    kem: kem.secret,
    standing: 'member',
    link: '',
    claim: new Uint8Array(0),
  };
  return { secrets, genesis };
}
