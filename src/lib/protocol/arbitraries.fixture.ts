/** Valid values of every format, for property tests that round-trip and then mutate them. */
import * as fc from 'fast-check';
import { idFromBytes } from '../foundation/ids.ts';
import type { IdName } from '../foundation/ids.ts';
import type { Attestation } from './attest.ts';
import type { BackupContent, BackupHeader } from './backup-file.ts';
import type { Testimony } from './testimony.ts';
import type { TrusteeCard, TrusteeRelease, TrusteeRequest } from './trustee-codes.ts';
import type { EpochOp } from './epoch-op.ts';
import type { EnvelopeHeader } from './envelope.ts';
import { ENVELOPE_TYPES, isClearType, ZERO_MEMBERSHIP_REF } from './envelope.ts';
import type { EnvelopeType } from './envelope.ts';
import type { Frame } from './frames.ts';
import { CLAIM_VERDICTS, INVITE_STATES } from './invite-letter.ts';
import type { InviteLetter } from './invite-letter.ts';
import type { Keybox } from './keybox.ts';
import type { Cutoff, InviteClaim, MembershipOp, MembershipRecord } from './membership-op.ts';
import { ROLES } from './membership-op.ts';
import type { Payload } from './payload.ts';
import { PAYLOAD_KINDS } from './payload.ts';
import type { PairingMessage } from './pairing-message.ts';
import type { PersonalRecord } from './personal-record.ts';
import type { AclEntry } from './relay-frames.ts';
import { REFUSABLE } from './relay-frames.ts';
import type { Snapshot } from './snapshot.ts';
import type { FrontierChain, Interval } from './sync-frames.ts';
import { FRONTIER_MODES } from './sync-frames.ts';
import { ZERO_ENVELOPE, ZERO_EPOCH, ZERO_SPACE, ZERO_TAG } from '../foundation/ids.ts';

const LENGTHS = { MemberId: 16, DocumentId: 16, DocumentTag: 16, InviteId: 16, ActorId: 16 } as const;

export function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

export function id<N extends IdName>(name: N): fc.Arbitrary<ReturnType<typeof idFromBytes<N>>> {
  const length = name in LENGTHS ? 16 : 32;
  return bytes(length).map((value) => idFromBytes(name, value));
}

/** Sorted, each once. */
function sorted<N extends IdName>(name: N, max: number, min = 0): fc.Arbitrary<ReturnType<typeof idFromBytes<N>>[]> {
  return fc.uniqueArray(id(name), { minLength: min, maxLength: max }).map((ids) => ids.sort());
}

function sortedBy<T>(item: fc.Arbitrary<T>, key: (value: T) => string): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(item, { maxLength: 5, selector: key })
    .map((items) => items.sort((a, b) => (key(a) < key(b) ? -1 : 1)));
}

const name = fc.string({ unit: 'grapheme', maxLength: 12 });
const seq = fc.nat();
const bigSeq = fc.maxSafeNat();
const id16 = id('DocumentId').map(String);
const role = fc.constantFrom(...ROLES);
const keys = fc.record({ device: id('DeviceId'), kem: bytes(1216) });
const card = fc.record({ identity: id('IdentityKey'), name, signature: bytes(64) });
const policy = fc.record({ historyFrom: fc.constantFrom('start' as const, 'join' as const) });
const cutoff: fc.Arbitrary<Cutoff> = fc.record({
  device: id('DeviceId'),
  seq: fc.integer({ min: -1, max: 2 ** 31 }),
  id: id('EnvelopeId'),
});
const cutoffs = sortedBy(cutoff, (each) => each.device);

export const claim: fc.Arbitrary<InviteClaim> = fc.record(
  {
    inviteId: id('InviteId'),
    memberId: id('MemberId'),
    role,
    card,
    keys,
    recovery: keys,
    commitment: bytes(32),
    inviteSignature: bytes(64),
    deviceSignature: bytes(64),
  },
  {
    requiredKeys: ['inviteId', 'memberId', 'role', 'card', 'keys', 'commitment', 'inviteSignature', 'deviceSignature'],
  },
);

const ofClaim = { claim: id('ClaimId') };

export const inviteLetter: fc.Arbitrary<InviteLetter> = fc.oneof(
  fc.record({
    kind: fc.constant('note' as const),
    note: fc.record({
      space: id('SpaceId'),
      invite: id('InviteId'),
      role,
      state: fc.constantFrom(...INVITE_STATES),
      approve: fc.boolean(),
      expiresAt: bigSeq,
      host: name,
    }),
  }),
  fc.record({ kind: fc.constant('claim' as const), claim }),
  fc.record({ kind: fc.constantFrom('ask' as const, 'reveal' as const), ...ofClaim, value: bytes(32) }),
  fc.record({ kind: fc.constant('verdict' as const), ...ofClaim, verdict: fc.constantFrom(...CLAIM_VERDICTS) }),
);

const genesis: fc.Arbitrary<MembershipOp> = fc.record(
  {
    op: fc.constant('genesis' as const),
    memberId: id('MemberId'),
    keys,
    recovery: keys,
    policy,
    salt: bytes(16),
    parent: fc.record({ space: id('SpaceId'), kind: fc.constantFrom('private' as const, 'direct' as const) }),
  },
  { requiredKeys: ['op', 'memberId', 'keys', 'policy', 'salt'] },
);

const laterOperation: fc.Arbitrary<MembershipOp> = fc.oneof(
  fc.record({ op: fc.constant('card.set' as const), card }),
  fc.record({
    op: fc.constant('invite.create' as const),
    inviteId: id('InviteId'),
    invitePk: bytes(32),
    role,
    maxUses: fc.integer({ min: 0, max: 1000 }),
    expiresAt: bigSeq,
    approve: fc.boolean(),
  }),
  fc.record({ op: fc.constant('invite.revoke' as const), inviteId: id('InviteId') }),
  fc.record({ op: fc.constant('admit' as const), memberId: id('MemberId'), role, claim }),
  fc.record({ op: fc.constant('remove' as const), memberId: id('MemberId'), cutoffs }),
  fc.record({ op: fc.constant('role.set' as const), memberId: id('MemberId'), role, cutoffs }),
  fc.record({ op: fc.constant('device.add' as const), keys, name }),
  fc.record({ op: fc.constant('device.add' as const), keys, name, isRecovery: fc.constant(true as const) }),
  fc.record({ op: fc.constant('device.rekey' as const), kem: bytes(1216) }),
  fc.record({ op: fc.constant('device.remove' as const), device: id('DeviceId'), cutoff }),
  fc.record({ op: fc.constantFrom('leave' as const, 'claim.ownership' as const) }),
  fc.record({
    op: fc.constantFrom('adopt' as const, 'reject' as const),
    envelopes: sorted('EnvelopeId', 5),
    reason: name,
  }),
  fc.record({ op: fc.constant('policy.set' as const), policy }),
  fc.record({ op: fc.constant('suite.upgrade' as const), suite: fc.nat(255) }),
);

export const membershipRecord: fc.Arbitrary<MembershipRecord> = fc.oneof(
  fc.record({ parents: fc.constant([]), operation: genesis }),
  fc.record({ parents: sorted('EnvelopeId', 16, 1), operation: laterOperation }),
);

export const attestation: fc.Arbitrary<Attestation> = fc.record({
  chains: sortedBy(fc.record({ device: id('DeviceId'), seq: bigSeq, id16 }), (chain) => chain.device),
  mheads: sorted('EnvelopeId', 16),
});

export const testimony: fc.Arbitrary<Testimony> = fc
  .record({
    id: id('EnvelopeId'),
    parts: fc.integer({ min: 1, max: 2 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  })
  .chain((whole) => fc.nat(whole.parts - 1).map((part) => ({ ...whole, part })));

export const payload: fc.Arbitrary<Payload> = fc.record(
  {
    documentId: id('DocumentId'),
    kind: fc.constantFrom(...PAYLOAD_KINDS),
    body: fc.uint8Array({ maxLength: 600 }),
    claimedTime: fc.integer({ min: -8.64e15, max: 8.64e15 }),
    attest: attestation,
  },
  { requiredKeys: ['documentId', 'kind', 'body', 'claimedTime'] },
);

export const epochOp: fc.Arbitrary<EpochOp> = fc.record({
  scheme: fc.constant('lockbox' as const),
  gen: fc.nat(),
  parents: sorted('EpochId', 4),
  mheads: sorted('EnvelopeId', 16),
  recipients: sorted('DeviceId', 6),
  commit: bytes(32),
  prev: sortedBy(fc.record({ epoch: id('EpochId'), nonce: bytes(24), box: bytes(48) }), (each) => each.epoch),
  records: sortedBy(fc.record({ epoch: id('EpochId'), nonce: bytes(24), box: bytes(48) }), (each) => each.epoch),
});

export const keybox: fc.Arbitrary<Keybox> = fc.record({
  recipient: id('DeviceId'),
  epoch: id('EpochId'),
  encapsulation: bytes(1120),
  box: bytes(48),
});

export const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  documentId: id('DocumentId'),
  heads: fc.uniqueArray(id('EnvelopeId').map(String), { maxLength: 4 }).map((heads) => heads.sort()),
  frontier: sortedBy(fc.record({ device: id('DeviceId'), seq: bigSeq }), (each) => each.device),
  body: fc.uint8Array({ maxLength: 600 }),
});

const TYPES = Object.keys(ENVELOPE_TYPES) as EnvelopeType[];

export const header: fc.Arbitrary<EnvelopeHeader> = fc
  .record({
    type: fc.constantFrom(...TYPES),
    deflated: fc.boolean(),
    space: id('SpaceId'),
    tag: id('DocumentTag'),
    epoch: id('EpochId'),
    author: id('DeviceId'),
    seq: fc.oneof(fc.constant(0), bigSeq),
    prev: id('EnvelopeId'),
    mref: id('MembershipRef'),
    nonce: bytes(24),
  })
  .map(({ type, deflated, ...fields }) => {
    const clear = isClearType(type);
    const isFirst = type === 'genesis' || fields.seq === 0;
    return {
      suite: 1 as const,
      type,
      flags: { clear, deflated: !clear && deflated },
      author: fields.author,
      space: type === 'genesis' ? ZERO_SPACE : fields.space,
      tag: clear ? ZERO_TAG : fields.tag,
      epoch: clear ? ZERO_EPOCH : fields.epoch,
      seq: isFirst ? 0 : fields.seq,
      prev: isFirst ? ZERO_ENVELOPE : fields.prev,
      mref: type === 'genesis' ? ZERO_MEMBERSHIP_REF : fields.mref,
      nonce: clear ? new Uint8Array(24) : fields.nonce,
    };
  });

const intervals: fc.Arbitrary<Interval[]> = fc
  .array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 5 })
  .map((steps) => {
    let at = 0;
    return steps.map(([skip, length]): Interval => {
      const from = at + skip;
      at = from + length + 2;
      return [from, from + length];
    });
  });

const chain: fc.Arbitrary<FrontierChain> = fc.record({ device: id('DeviceId'), intervals, head: id16 });
const aclEntry: fc.Arbitrary<AclEntry> = fc.record({ key: id('DeviceId'), caps: fc.nat(7), idx: fc.nat() });
const aclEntries = sortedBy(aclEntry, (entry) => entry.key);
const space = id('SpaceId');
const device = id('DeviceId');
const wireCode = fc.constantFrom(
  'chain-gap' as const,
  'chain-fork' as const,
  'rate-limited' as const,
  'auth-failed' as const,
);
const blob = fc.uint8Array({ maxLength: 300 });
const chunkIds = fc.array(bytes(32), { maxLength: 4 });

function kind<K extends string>(value: K): fc.Arbitrary<K> {
  return fc.constant(value);
}

/** One arbitrary for each kind of frame: a new kind does not compile without its own. */
export const FRAMES: { readonly [K in Frame['kind']]: fc.Arbitrary<Extract<Frame, { readonly kind: K }>> } = {
  hello: fc.record(
    {
      kind: kind('hello'),
      version: fc.nat(255),
      side: fc.constantFrom('peer' as const, 'relay' as const),
      nonce: bytes(32),
      relay: fc.record({ key: bytes(32), origin: fc.webUrl({ size: 'small' }) }),
    },
    { requiredKeys: ['kind', 'version', 'side', 'nonce'] },
  ),
  auth: fc.record({ kind: kind('auth'), space, device, nonce: bytes(32), signature: bytes(64) }),
  proof: fc.record({ kind: kind('proof'), signature: bytes(64) }),
  welcome: fc.record({ kind: kind('welcome'), space, device }),
  frontier: fc.record({
    kind: kind('frontier'),
    space,
    mode: fc.constantFrom(...FRONTIER_MODES),
    chains: sortedBy(chain, (each) => each.device),
  }),
  want: fc.record({ kind: kind('want'), space, device, ranges: intervals }),
  env: fc.record({ kind: kind('env'), bytes: fc.uint8Array({ minLength: 285, maxLength: 600 }) }),
  hdr: fc.record({ kind: kind('hdr'), bytes: bytes(284) }),
  eph: fc.record({ kind: kind('eph'), bytes: fc.uint8Array({ minLength: 285, maxLength: 600 }) }),
  ack: fc.record({ kind: kind('ack'), space, device, seq: bigSeq, id16 }),
  nack: fc.record(
    { kind: kind('nack'), space, device, code: wireCode, head: fc.record({ seq, id16 }) },
    { requiredKeys: ['kind', 'space', 'device', 'code'] },
  ),
  'chunk-want': fc.record({ kind: kind('chunk-want'), space, ids: chunkIds }),
  'chunk-have': fc.record({ kind: kind('chunk-have'), space, ids: chunkIds }),
  chunk: fc.record({ kind: kind('chunk'), space, id: bytes(32), bytes: blob }),
  sub: fc.record({ kind: kind('sub'), space, isOn: fc.boolean() }),
  ping: fc.record({ kind: kind('ping') }),
  bye: fc.record({ kind: kind('bye'), code: wireCode }),
  create: fc.record({ kind: kind('create'), space, voucher: name }),
  acl: fc.record({
    kind: kind('acl'),
    space,
    signer: device,
    signature: bytes(64),
    entries: aclEntries,
    removed: sorted('DeviceId', 4),
    counter: bigSeq,
  }),
  'acl-state': fc.record({ kind: kind('acl-state'), space, counter: bigSeq, entries: aclEntries }),
  'mail-put': fc.record(
    { kind: kind('mail-put'), mailbox: bytes(32), blob, slot: fc.nat(255) },
    { requiredKeys: ['kind', 'mailbox', 'blob'] },
  ),
  'mail-ack': fc.record({ kind: kind('mail-ack'), mailbox: bytes(32), item: bigSeq }),
  'mail-get': fc.record({ kind: kind('mail-get'), mailbox: bytes(32), isOn: fc.boolean() }),
  mail: fc.record({
    kind: kind('mail'),
    mailbox: bytes(32),
    items: fc.array(fc.record({ id: bigSeq, blob }), { maxLength: 4 }),
  }),
  'mail-drop': fc.record({ kind: kind('mail-drop'), mailbox: bytes(32), item: bigSeq }),
  refused: fc.record({
    kind: kind('refused'),
    request: fc.constantFrom(...REFUSABLE),
    subject: bytes(32),
    code: wireCode,
  }),
};

export const frame: fc.Arbitrary<Frame> = fc.oneof(...(Object.values(FRAMES) as fc.Arbitrary<Frame>[]));

/** A change to valid bytes: a flipped bit, a cut, an insertion, or bytes at the end. */
export interface Mutation {
  readonly what: 'flip' | 'cut' | 'insert' | 'append';
  readonly at: number;
  readonly value: number;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  what: fc.constantFrom('flip' as const, 'cut' as const, 'insert' as const, 'append' as const),
  at: fc.nat(),
  value: fc.integer({ min: 1, max: 255 }),
});

/** Never equal to the input. */
export function mutate(input: Uint8Array, { what, at, value }: Mutation): Uint8Array {
  const place = input.length === 0 ? 0 : at % input.length;
  if (what === 'flip') return input.map((byte, i) => (i === place ? byte ^ value : byte));
  if (what === 'cut') return input.slice(0, place);
  if (what === 'append') return Uint8Array.of(...input, value);
  const longer = new Uint8Array(input.length + 1);
  longer.set(input.subarray(0, place));
  longer[place] = value;
  longer.set(input.subarray(place), place + 1);
  return longer;
}

export const personalRecords: fc.Arbitrary<readonly PersonalRecord[]> = fc.array(
  fc.record({
    table: fc.constantFrom('contacts', 'read'),
    key: name,
    counter: fc.nat({ max: 2 ** 31 }),
    writer: bytes(16),
    value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }),
  }),
  { maxLength: 4 },
);

const sealed = fc.uint8Array({ maxLength: 60 });
export const pairingMessage: fc.Arbitrary<PairingMessage> = fc.oneof(
  fc.record({ step: fc.constantFrom('hello' as const, 'kept' as const, 'done' as const), sealed }),
  fc.record({ step: fc.constant('commit' as const), commitment: bytes(32) }),
  fc.record({ step: fc.constant('nonce' as const), nonce: bytes(32) }),
  fc.record({ step: fc.constant('reveal' as const), kem: bytes(1216), nonce: bytes(32), name }),
  fc.record({ step: fc.constant('grant' as const), sealed, encapsulation: bytes(1120) }),
  fc.record({ step: fc.constant('stop' as const) }),
);

export const backupHeader: fc.Arbitrary<BackupHeader> = fc.record({
  salt: bytes(16),
  memoryBytes: fc.nat({ max: 2 ** 31 - 1 }),
  passes: fc.nat({ max: 100 }),
  passNonce: bytes(24),
  seedNonce: bytes(24),
  bodyNonce: bytes(24),
  passWrap: bytes(48),
  seedWrap: bytes(48),
});

export const backupContent: fc.Arbitrary<BackupContent> = fc.record({
  entropy: bytes(16),
  language: fc.constantFrom('fr' as const, 'en' as const),
  madeAt: fc.nat(),
  relayUrl: name,
  list: fc.uint8Array({ maxLength: 60 }),
  bundles: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
});

export const trusteeCard: fc.Arbitrary<TrusteeCard> = fc
  .record({ threshold: fc.integer({ min: 2, max: 4 }), more: fc.nat({ max: 5 }), index: fc.nat({ max: 1 }) })
  .chain(({ threshold, more, index }) =>
    fc.record({
      set: bytes(16),
      index: fc.constant(index),
      threshold: fc.constant(threshold),
      count: fc.constant(threshold + more),
      owner: name,
      trustee: name,
      language: fc.constantFrom('fr' as const, 'en' as const),
      relayUrl: name,
      share: bytes(17),
      identity: bytes(32),
      signature: bytes(64),
    }),
  );

export const trusteeRequest: fc.Arbitrary<TrusteeRequest> = fc.record({ kem: bytes(1216), nonce: bytes(16), name });

export const trusteeRelease: fc.Arbitrary<TrusteeRelease> = fc.record({
  request: bytes(32),
  encapsulation: bytes(1120),
  box: sealed,
});
