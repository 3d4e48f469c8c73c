/**
 * Devices that meet without a server [P3] (docs/spec/nearby.md): an offer is shown, read and answered, and the pages
 * that hold the connection say when it stands. The page describes its end; codes, secrets and claims are made here.
 */
import type { SpaceId } from '../../foundation/ids.ts';
import type { ErrorCode } from '../../foundation/error-codes.ts';
import { fail, type Result } from '../../foundation/result.ts';
import type { NearbyDescription, NearbyOffer } from '../../protocol/nearby-code.ts';
import type { Role } from '../../protocol/membership-op.ts';
import type { Protection } from '../engine.ts';
import type { Session } from '../session.ts';
import { readOffer, type Meetings } from './meetings.ts';

/** What the two are to do once they have met. */
export type NearbyPurpose =
  /** Level the spaces that both are in. */
  | { readonly kind: 'connect' }
  /** [I2] Let the other in: an invitation for one use, for as long as the meeting waits. */
  | { readonly kind: 'invite'; readonly space: SpaceId; readonly role: Role }
  /** [I5] Become one person's second device. */
  | { readonly kind: 'pair' };

/** What the answering side decides, for the kinds of offer that need it. */
export interface NearbyChoices {
  /** How the newcomer to a space wants to be called. */
  readonly name: string;
  /** Of a device that becomes a person's second one; the session's end is told by `pairing` events. */
  readonly protection: Protection;
  readonly deviceName: string;
}

export interface NearbyCode {
  /** Names this meeting on this device, for a few minutes. */
  readonly meeting: string;
  readonly code: string;
}

export type NearbyNews =
  /** The newcomer's claim is on its way; the space is ready once it was let in. */
  | { readonly kind: 'joining'; readonly space: SpaceId }
  /** Told to the host: the newcomer is in. */
  | { readonly kind: 'admitted'; readonly space: SpaceId; readonly name: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode };

export interface NearbyEvent {
  readonly kind: 'nearby';
  readonly meeting: string;
  readonly news: NearbyNews;
}

export interface NearbyCalls {
  /** The code to show; good for one answer, for ten minutes. */
  offerNearby(own: NearbyDescription, purpose: NearbyPurpose): Promise<Result<NearbyCode>>;
  /** What a code asks for. Nothing is begun, and a blank device may ask. */
  readNearby(
    code: string,
  ): Promise<Result<{ readonly kind: NearbyOffer['kind']; readonly description: NearbyDescription }>>;
  /** The code to show back. A blank device may only answer the offer that makes it someone's second one. */
  answerNearby(offer: string, own: NearbyDescription, choices: NearbyChoices): Promise<Result<NearbyCode>>;
  /** The other end, from its answer: the first that belongs to this meeting counts. */
  takeNearbyAnswer(meeting: string, answer: string): Promise<Result<NearbyDescription>>;
  /** Nobody waits any longer; an invitation that was not used is taken back. */
  endNearby(meeting: string): Promise<void>;
}

export class NearbyDesk implements NearbyCalls {
  readonly #session: Session;
  readonly #meetings: Meetings;

  constructor(session: Session, meetings: Meetings) {
    this.#session = session;
    this.#meetings = meetings;
  }

  offerNearby(own: NearbyDescription, purpose: NearbyPurpose): Promise<Result<NearbyCode>> {
    return this.#session.isOpen ? this.#meetings.offer(own, purpose) : Promise.resolve(fail('locked'));
  }

  readNearby(
    code: string,
  ): Promise<Result<{ readonly kind: NearbyOffer['kind']; readonly description: NearbyDescription }>> {
    const read = readOffer(code);
    return Promise.resolve(read.ok ? { ok: true, value: read.value.offer } : read);
  }

  async answerNearby(offer: string, own: NearbyDescription, choices: NearbyChoices): Promise<Result<NearbyCode>> {
    const read = readOffer(offer);
    if (!read.ok) return read;
    const { kind } = await this.#session.state();
    const isBlank = kind === 'blank' || kind === 'wiped';
    if (read.value.offer.kind === 'pair' && !isBlank) return fail('already-set-up');
    if (read.value.offer.kind !== 'pair' && kind !== 'open') return fail(isBlank ? 'blank-device' : 'locked');
    const answered = this.#meetings.answer(offer, own, choices);
    if (answered.ok && kind === 'open' && choices.name.trim() !== '') await this.#session.setName(choices.name);
    return answered;
  }

  takeNearbyAnswer(meeting: string, answer: string): Promise<Result<NearbyDescription>> {
    return Promise.resolve(this.#session.isOpen ? this.#meetings.take(meeting, answer) : fail('locked'));
  }

  endNearby(meeting: string): Promise<void> {
    return this.#meetings.end(meeting);
  }
}
