/** Envelopes coming in: the cheap questions first, then the signature, then the room's judgement [R3][E2]. */
import { signatureClaimOf, spaceIdOf, verifiedIf, verifyEnvelope } from '../../src/lib/crypto/envelope-seal.ts';
import type { VerifiedEnvelope } from '../../src/lib/crypto/envelope-seal.ts';
import { idFromBytes, idToBytes } from '../../src/lib/foundation/ids.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { id16Of } from '../../src/lib/protocol/attest.ts';
import { decodeEnvelope, ENVELOPE_TYPES, isChainedType } from '../../src/lib/protocol/envelope.ts';
import { wireErrorCode } from '../../src/lib/protocol/frame-codes.ts';
import type { WireErrorCode } from '../../src/lib/protocol/frame-codes.ts';
import type { Connection, FrameOf, Handled } from './connection.ts';
import type { ChainHead } from './envelope-store.ts';
import type { Room } from './room.ts';

const TYPE_OFFSET = 5;
const SPACE_OFFSET = 8;

/** `frame` is the whole received frame: it goes on to the listeners as it came. */
export function takeEnvelope(connection: Connection, bytes: Uint8Array, frame: Uint8Array): Handled {
  const { allowances, ports } = connection.relay;
  if (bytes[TYPE_OFFSET] === ENVELOPE_TYPES.genesis) return takeGenesis(connection, bytes, frame);
  const space = idFromBytes('SpaceId', bytes.subarray(SPACE_OFFSET, SPACE_OFFSET + 32));
  const sender = connection.admitted.get(space);
  if (sender === undefined) return connection.struck.has(space) ? refuseStruck(connection, space, bytes) : 'strike';
  const room = connection.relay.rooms.find(space);
  if (room === undefined) {
    // The genesis that founds the space was lost or is still to come.
    sendNack(connection, { space, device: sender, code: 'chain-gap', head: undefined });
    return 'done';
  }
  const nowMs = ports.clock.nowMs();
  if (!allowances.appends.take(space + sender, 1, nowMs)) return 'wait';
  const decoded = decodeEnvelope(bytes);
  if (!decoded.ok) {
    const code = wireErrorCode(decoded.error.code);
    sendNack(connection, { space, device: sender, code, head: room.heads.get(sender) });
    return 'strike';
  }
  const claim = signatureClaimOf(decoded.value);
  connection.checks.add(claim, (isValid) => {
    const verified = verifiedIf(isValid, decoded.value, claim);
    if (verified.ok) judge(connection, verified.value, { sender, frame });
    else {
      const code = wireErrorCode(verified.error.code);
      const head = connection.relay.rooms.find(space)?.heads.get(claim.author);
      sendNack(connection, { space, device: claim.author, code, head });
      connection.strike();
    }
  });
  return 'done';
}

/** What it writes waits for who may carry it [M8]; that it was struck while this was under way is no fault of its own. */
function refuseStruck(connection: Connection, space: SpaceId, bytes: Uint8Array): Handled {
  const decoded = decodeEnvelope(bytes);
  if (!decoded.ok) return 'strike';
  sendNack(connection, { space, device: decoded.value.header.author, code: 'not-a-member', head: undefined });
  return 'done';
}

/** As of now: while its signature was checked, other envelopes and access lists may have come. */
function judge(
  connection: Connection,
  envelope: VerifiedEnvelope,
  { sender, frame }: { sender: DeviceId; frame: Uint8Array },
): void {
  const { allowances, ports, rooms } = connection.relay;
  const { space, author } = envelope.header;
  const room = rooms.find(space);
  const isAdmitted = connection.admitted.get(space) === sender;
  if (room === undefined || !isAdmitted) {
    nack(connection, { space, envelope, code: isAdmitted ? 'chain-gap' : 'not-a-member', head: undefined });
    return;
  }
  const verdict = room.judge(envelope, sender, ports.limits);
  if (verdict.kind === 'refused') nack(connection, { space, envelope, ...verdict });
  else if (verdict.kind === 'taken') answerTaken(connection, space, envelope);
  else if (!allowances.bytes.take(space + sender, envelope.bytes.length, ports.clock.nowMs()))
    nack(connection, { space, envelope, code: 'quota-exceeded', head: room.heads.get(author) });
  else append(connection, room, { envelope, frame });
}

/** Presence and signals: from a proven device, of its own, to the space's listeners, never stored [P4]. */
export function takeEphemeral(connection: Connection, bytes: Uint8Array, frame: Uint8Array): Handled {
  const { audience, journal, ports } = connection.relay;
  const decoded = decodeEnvelope(bytes);
  if (!decoded.ok) return 'strike';
  const { space, author, type } = decoded.value.header;
  if (connection.struck.has(space)) return 'done';
  if (isChainedType(type) || connection.admitted.get(space) !== author) return 'strike';
  const isAllowed = bytes.length <= ports.limits.ephemeralBytes && connection.ephemeral.take(1, ports.clock.nowMs());
  if (!isAllowed) {
    ports.metrics.add('limited');
    return 'done';
  }
  journal.add({
    onDurable: () => {
      ports.metrics.add('ephemeral');
      audience.publish(space, frame, connection);
    },
    onFailed: () => undefined,
  });
  return 'done';
}

/** Asks leave to found a space: free in open mode, else for a voucher. The answer is its list, still empty. */
export function takeVoucher(connection: Connection, { space, voucher }: FrameOf<'create'>): Handled {
  const { ports, rooms } = connection.relay;
  const isAllowed = ports.creation.mode === 'open' || ports.creation.vouchers.includes(voucher);
  if (!isAllowed || rooms.find(space) !== undefined) connection.refuse('create', idToBytes(space), 'relay-refused');
  else if (connection.founding.size >= ports.limits.spacesPerSocket)
    connection.refuse('create', idToBytes(space), 'rate-limited');
  else {
    connection.founding.add(space);
    connection.reply({ kind: 'acl-state', space, counter: 0, entries: [] });
  }
  return 'done';
}

function takeGenesis(connection: Connection, bytes: Uint8Array, frame: Uint8Array): Handled {
  const { relay, address } = connection;
  const { limits, clock } = relay.ports;
  if (connection.founding.size === 0 && connection.admitted.size === 0) return 'strike';
  const verified = verifyEnvelope(bytes);
  if (!verified.ok) return 'strike';
  const genesis = verified.value;
  const space = spaceIdOf(genesis.id);
  const mayFound = connection.founding.has(space);
  const room = relay.rooms.find(space);
  if (!mayFound && !connection.admitted.has(space))
    nack(connection, { space, envelope: genesis, code: 'wrong-space', head: undefined });
  else if (room !== undefined) answerTaken(connection, space, genesis);
  else if (bytes.length > limits.envelopeBytes)
    nack(connection, { space, envelope: genesis, code: 'oversized', head: undefined });
  else if (!relay.allowances.spaces.take(address, 1, clock.nowMs())) {
    connection.refuse('create', idToBytes(space), 'quota-exceeded');
  } else {
    connection.founding.delete(space);
    append(connection, relay.found(genesis), { envelope: genesis, frame });
  }
  return 'done';
}

function append(
  connection: Connection,
  room: Room,
  { envelope, frame }: { envelope: VerifiedEnvelope; frame: Uint8Array },
): void {
  const { space } = room;
  const { author: device, seq } = envelope.header;
  connection.relay.append(room, envelope, {
    from: connection,
    frame,
    onDurable: () => connection.acknowledge({ kind: 'ack', space, device, seq, id16: id16Of(envelope.id) }),
    onFailed: () => nack(connection, { space, envelope, code: 'storage-unavailable', head: room.heads.get(device) }),
  });
}

/** The seq is held: after the commit the store knows whether by this envelope or by another. */
function answerTaken(connection: Connection, space: SpaceId, envelope: VerifiedEnvelope): void {
  const { journal, ports, rooms } = connection.relay;
  const { author: device, seq } = envelope.header;
  journal.add({
    onDurable: () => {
      const [held] = ports.store.read({ by: 'chain', space, key: device, fromSeq: seq, toSeq: seq, limit: 1 });
      if (held?.id === envelope.id)
        connection.acknowledge({ kind: 'ack', space, device, seq, id16: id16Of(envelope.id) });
      else nack(connection, { space, envelope, code: 'chain-fork', head: rooms.find(space)?.heads.get(device) });
    },
    onFailed: () => nack(connection, { space, envelope, code: 'storage-unavailable', head: undefined }),
  });
}

interface Refusal {
  readonly space: SpaceId;
  readonly envelope: VerifiedEnvelope;
  readonly code: WireErrorCode;
  readonly head: ChainHead | undefined;
}

function nack(connection: Connection, { space, envelope, code, head }: Refusal): void {
  sendNack(connection, { space, device: envelope.header.author, code, head });
}

function sendNack(
  connection: Connection,
  { head, ...rest }: Pick<FrameOf<'nack'>, 'space' | 'device' | 'code'> & { head: ChainHead | undefined },
): void {
  connection.relay.ports.metrics.add('nacks');
  connection.reply({
    kind: 'nack',
    ...rest,
    ...(head === undefined ? {} : { head: { seq: head.seq, id16: id16Of(head.id) } }),
  });
}
