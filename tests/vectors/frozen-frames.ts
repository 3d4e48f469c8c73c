/** An envelope of each type and a frame of each kind. */
import { bytesToHex, utf8 } from '../../src/lib/foundation/bytes.ts';
import { idToBytes, ZERO_DOCUMENT, ZERO_ENVELOPE, ZERO_SPACE } from '../../src/lib/foundation/ids.ts';
import { unwrap } from '../../src/lib/foundation/result.ts';
import { signAclChange, signAuth, signRelayProof } from '../../src/lib/crypto/auth.ts';
import { castOf } from '../../src/lib/crypto/cast.fixture.ts';
import type { Cast } from '../../src/lib/crypto/cast.fixture.ts';
import { inviteKeyPairOf } from '../../src/lib/crypto/claims.ts';
import { membershipRefOf, sealEnvelope, spaceIdOf } from '../../src/lib/crypto/envelope-seal.ts';
import type { SealRequest } from '../../src/lib/crypto/envelope-seal.ts';
import type { InviteSeed } from '../../src/lib/crypto/keys.ts';
import { id16Of } from '../../src/lib/protocol/attest.ts';
import { isClearType, ZERO_MEMBERSHIP_REF } from '../../src/lib/protocol/envelope.ts';
import type { EnvelopeType } from '../../src/lib/protocol/envelope.ts';
import { encodeFrame } from '../../src/lib/protocol/frames.ts';
import type { Frame, FrameKind } from '../../src/lib/protocol/frames.ts';
import { kindOfType } from '../../src/lib/protocol/payload.ts';
import type { Payload } from '../../src/lib/protocol/payload.ts';
import { someId } from './frozen-ids.ts';
import type { Vectors } from './frozen-ids.ts';

const BODIES: Readonly<Record<EnvelopeType, string>> = {
  genesis: 'a genesis record',
  membership: 'a membership record',
  epoch: 'an epoch',
  keybox: 'a keybox',
  update: 'a change',
  snapshot: 'a document',
  attest: 'an attestation',
  presence: 'a cursor',
  signal: 'a description of a session',
  testimony: 'an entry of a chain that forked',
};

export function envelopeVectors(): Vectors {
  const cast = castOf('frozen envelopes');
  const entries = (Object.keys(BODIES) as EnvelopeType[]).map((type): [string, string] => {
    const sealed = unwrap(sealEnvelope(requestOf(type, cast)));
    return [type, bytesToHex(sealed.bytes)];
  });
  const genesis = unwrap(sealEnvelope(requestOf('genesis', cast)));
  return {
    spaceId: cast.space,
    epochId: cast.epoch,
    epochSecret: bytesToHex(cast.keys.findSecret(cast.epoch) ?? new Uint8Array(0)),
    documentId: cast.page,
    genesisId: genesis.id,
    spaceOfGenesis: spaceIdOf(genesis.id),
    ...Object.fromEntries(entries),
  };
}

function requestOf(type: EnvelopeType, cast: Cast): SealRequest {
  const isClear = isClearType(type);
  const isFirst = type === 'genesis';
  const payload: Payload = {
    documentId: isClear ? ZERO_DOCUMENT : cast.page,
    kind: kindOfType(type),
    body: utf8(BODIES[type]),
    claimedTime: 1_790_000_000_000,
  };
  return {
    type,
    space: isFirst ? ZERO_SPACE : cast.space,
    author: cast.alice,
    seq: isFirst ? 0 : 5,
    prev: isFirst ? ZERO_ENVELOPE : ('ab'.repeat(32) as never),
    mref: isFirst ? ZERO_MEMBERSHIP_REF : membershipRefOf(['cd'.repeat(32) as never]),
    payload,
    ...(isClear ? {} : { under: { epoch: cast.epoch, keys: cast.keys } }),
    random: cast.random,
  };
}

/** One frame of each kind: a new one does not compile without its vector. */
function frames(): { readonly [K in FrameKind]: Extract<Frame, { readonly kind: K }> } {
  const cast = castOf('frozen frames');
  const { random, space, alice } = cast;
  const device = alice.device;
  const relay = inviteKeyPairOf(random.bytes(32) as InviteSeed);
  const origin = 'wss://relay.example';
  const nonce = random.bytes(32);
  const bytes = unwrap(sealEnvelope(requestOf('update', cast))).bytes;
  const id16 = id16Of('ef'.repeat(32) as never);
  const mailbox = random.bytes(32);
  const ids = [random.bytes(32), random.bytes(32)];
  const change = { entries: [{ key: device, caps: 7, idx: 0 }], removed: [someId('DeviceId', random)], counter: 3 };
  return {
    hello: { kind: 'hello', version: 1, side: 'relay', nonce, relay: { key: relay.publicKey, origin } },
    auth: { kind: 'auth', space, device, nonce, signature: signAuth({ binding: utf8(origin), nonce, space }, alice) },
    proof: { kind: 'proof', signature: signRelayProof(origin, nonce, relay) },
    welcome: { kind: 'welcome', space, device },
    frontier: {
      kind: 'frontier',
      space,
      mode: 'full',
      chains: [
        {
          device,
          intervals: [
            [0, 9],
            [11, 300],
          ],
          head: id16,
        },
      ],
    },
    want: {
      kind: 'want',
      space,
      device,
      ranges: [
        [10, 10],
        [301, 400],
      ],
    },
    env: { kind: 'env', bytes },
    hdr: { kind: 'hdr', bytes: Uint8Array.of(...bytes.subarray(0, 220), ...bytes.subarray(-64)) },
    ack: { kind: 'ack', space, device, seq: 300, id16 },
    nack: { kind: 'nack', space, device, code: 'chain-gap', head: { seq: 299, id16 } },
    eph: { kind: 'eph', bytes: unwrap(sealEnvelope(requestOf('presence', cast))).bytes },
    'chunk-want': { kind: 'chunk-want', space, ids },
    'chunk-have': { kind: 'chunk-have', space, ids },
    chunk: { kind: 'chunk', space, id: idToBytes(space), bytes: utf8('sealed chunk') },
    sub: { kind: 'sub', space, isOn: true },
    ping: { kind: 'ping' },
    bye: { kind: 'bye', code: 'rate-limited' },
    create: { kind: 'create', space, voucher: 'voucher' },
    acl: { kind: 'acl', space, signer: device, signature: signAclChange(space, change, alice), ...change },
    'acl-state': { kind: 'acl-state', space, counter: 3, entries: change.entries },
    'mail-put': { kind: 'mail-put', mailbox, blob: utf8('blob'), slot: 0 },
    'mail-ack': { kind: 'mail-ack', mailbox, item: 12 },
    'mail-get': { kind: 'mail-get', mailbox, isOn: true },
    mail: { kind: 'mail', mailbox, items: [{ id: 12, blob: utf8('blob') }] },
    'mail-drop': { kind: 'mail-drop', mailbox, item: 12 },
    refused: { kind: 'refused', request: 'create', subject: mailbox, code: 'relay-refused' },
  };
}

export function frameVectors(): Vectors {
  return Object.fromEntries(
    Object.values(frames()).map((frame: Frame) => [frame.kind, bytesToHex(encodeFrame(frame))]),
  );
}
