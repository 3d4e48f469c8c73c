/**
 * [I3] Those who ask to be let in and wait for a voice: their claims, the value shown to each, and the one each of them
 * revealed. Kept sealed on the device that made the invitation, so that the digits stay over a restart. A claim is kept
 * before it is answered; of one invitation only so many are, for each of them is one guess at the digits.
 */
import { equalBytes } from '../../foundation/bytes.ts';
import { idToBytes, type ClaimId, type InviteId, type SpaceId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import type { Result } from '../../foundation/result.ts';
import { approvalDigitsOf, claimCommitmentOf, claimIdOf } from '../../crypto/claims.ts';
import { CborRecord } from '../../protocol/cbor-record.ts';
import { cborMap, encodeCbor } from '../../protocol/cbor.ts';
import { APPROVAL_VALUE_BYTES, CLAIM_VERDICTS, type ClaimVerdict } from '../../protocol/invite-letter.ts';
import { claimToCbor, readClaim } from '../../protocol/membership-claim.ts';
import type { InviteClaim } from '../../protocol/membership-op.ts';
import type { LocalRecords } from '../local-records.ts';
import { Turns } from '../turns.ts';

export interface JoinRequest {
  readonly id: ClaimId;
  readonly invite: InviteId;
  readonly claim: InviteClaim;
  /** Ours, shown to whoever made the claim. */
  readonly value: Uint8Array;
  /** Theirs, once revealed and found to be what the claim committed to. */
  readonly revealed: Uint8Array | undefined;
  readonly askedAt: number;
  /** Undefined while it waits for the person's decision. */
  readonly verdict: ClaimVerdict | undefined;
}

export interface JoinRequestsPorts {
  readonly records: LocalRecords;
  readonly random: Random;
  readonly clock: Clock;
  readonly onChange: (space: SpaceId) => void;
}

/** Guesses at six digits that one link buys: 16 in a million. */
export const MAX_REQUESTS_OF_INVITE = 16;
const MAX_REQUESTS = 256;
const TABLE = 'engine-join-requests';

export class JoinRequests {
  readonly #ports: JoinRequestsPorts;
  readonly #turns = new Turns();
  readonly #held = new Map<SpaceId, readonly JoinRequest[]>();

  constructor(ports: JoinRequestsPorts) {
    this.#ports = ports;
  }

  async of(space: SpaceId): Promise<readonly JoinRequest[]> {
    const held = this.#held.get(space);
    if (held !== undefined) return held;
    const row = await this.#ports.records.find(TABLE, space);
    const read = row === undefined ? [] : decodeRequests(row);
    this.#held.set(space, read);
    return read;
  }

  async find(space: SpaceId, id: ClaimId): Promise<JoinRequest | undefined> {
    return (await this.of(space)).find((request) => request.id === id);
  }

  /** Keeps a verified claim; undefined when the invitation has had too many. A claim that is known comes back as it is. */
  take(space: SpaceId, claim: InviteClaim): Promise<JoinRequest | undefined> {
    return this.#turns.run(async () => {
      const requests = await this.of(space);
      const id = claimIdOf(claim);
      const known = requests.find((request) => request.id === id);
      if (known !== undefined) return known;
      const ofInvite = requests.filter((request) => request.invite === claim.inviteId);
      if (ofInvite.length >= MAX_REQUESTS_OF_INVITE || requests.length >= MAX_REQUESTS) return undefined;
      const { random, clock } = this.#ports;
      const request: JoinRequest = {
        id,
        invite: claim.inviteId,
        claim,
        value: random.bytes(APPROVAL_VALUE_BYTES),
        revealed: undefined,
        askedAt: clock.nowMs(),
        verdict: undefined,
      };
      await this.#save(space, [...requests, request]);
      return request;
    });
  }

  /** Only the first value that the claim committed to counts; anything else changes nothing. */
  reveal(space: SpaceId, id: ClaimId, value: Uint8Array): Promise<void> {
    return this.#change(space, id, (request) =>
      request.revealed === undefined && equalBytes(claimCommitmentOf(value), request.claim.commitment)
        ? { ...request, revealed: value.slice() }
        : request,
    );
  }

  decide(space: SpaceId, id: ClaimId, verdict: ClaimVerdict): Promise<void> {
    return this.#change(space, id, (request) => ({ ...request, verdict }));
  }

  /** What was decided of an invitation that is over need not be kept: nobody can ask with it again. */
  forget(space: SpaceId, invite: InviteId): Promise<void> {
    return this.#turns.run(async () => {
      const requests = await this.of(space);
      const rest = requests.filter((request) => request.invite !== invite);
      if (rest.length < requests.length) await this.#save(space, rest);
    });
  }

  forgetSpace(space: SpaceId): Promise<void> {
    return this.#turns.run(async () => {
      await this.#ports.records.delete(TABLE, space);
      this.#held.delete(space);
    });
  }

  clear(): void {
    this.#held.clear();
  }

  /** Of what was decided already nothing changes. */
  #change(space: SpaceId, id: ClaimId, change: (request: JoinRequest) => JoinRequest): Promise<void> {
    return this.#turns.run(async () => {
      const requests = await this.of(space);
      const known = requests.find((request) => request.id === id && request.verdict === undefined);
      const changed = known && change(known);
      if (changed === undefined || changed === known) return;
      await this.#save(
        space,
        requests.map((request) => (request === known ? changed : request)),
      );
    });
  }

  async #save(space: SpaceId, requests: readonly JoinRequest[]): Promise<void> {
    await this.#ports.records.put(TABLE, space, encodeRequests(requests));
    this.#held.set(space, requests);
    this.#ports.onChange(space);
  }
}

/** Undefined until both values are here. */
export function digitsOf({ id, value, revealed }: JoinRequest): string | undefined {
  return revealed === undefined ? undefined : approvalDigitsOf(id, { invitee: revealed, approver: value });
}

export function encodeRequests(requests: readonly JoinRequest[]): Uint8Array {
  return encodeCbor(
    cborMap([
      0,
      requests.map((request) =>
        cborMap(
          [0, idToBytes(request.id)],
          [1, claimToCbor(request.claim)],
          [2, request.value],
          [3, request.revealed],
          [4, request.askedAt],
          [5, request.verdict === undefined ? undefined : CLAIM_VERDICTS.indexOf(request.verdict)],
        ),
      ),
    ]),
  );
}

function decodeRequests(row: Uint8Array): readonly JoinRequest[] {
  const decoded: Result<readonly JoinRequest[]> = CborRecord.decode(row, 'join requests', (record) =>
    record.records(0, MAX_REQUESTS).map((item): JoinRequest => {
      const claim = readClaim(item.record(1));
      const request = {
        id: item.id(0, 'ClaimId'),
        invite: claim.inviteId,
        claim,
        value: item.bytes(2, APPROVAL_VALUE_BYTES),
        revealed: item.has(3) ? item.bytes(3, APPROVAL_VALUE_BYTES) : undefined,
        askedAt: item.int(4, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
        verdict: item.has(5) ? item.choice(5, CLAIM_VERDICTS) : undefined,
      };
      item.end();
      return request;
    }),
  );
  return decoded.ok ? decoded.value : [];
}
