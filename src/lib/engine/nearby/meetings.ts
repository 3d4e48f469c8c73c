/**
 * Every meeting this device has offered or answered [P3]. An offer takes one answer, proven with the secret that only a
 * reader of the offer knows, and is forgotten after ten minutes. Once the channel stands, logs level over it like over
 * any peer's; for an invitation it also carries the claim, so that nobody else is needed to be let in [I2][I4].
 */
import { bytesToHex, concatBytes, equalBytes } from '../../foundation/bytes.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { kdf } from '../../crypto/kdf.ts';
import { decodeInviteLink, formatInviteLink } from '../../protocol/invite-link.ts';
import {
  decodeNearbyCode,
  encodeNearbyAnswer,
  encodeNearbyDescription,
  encodeNearbyOffer,
  formatNearbyCode,
  NEARBY_PROOF_BYTES,
  NEARBY_SECRET_BYTES,
  readNearbyCode,
  type NearbyDescription,
  type NearbyOffer,
} from '../../protocol/nearby-code.ts';
import type { Transport } from '../../sync/transport.ts';
import type { DeviceLinking } from '../devices/device-linking.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { Invitations } from '../invitations.ts';
import type { Joining } from '../joining.ts';
import type { Links } from '../links.ts';
import type { MailRoom } from '../mail-room.ts';
import type { Spaces } from '../spaces.ts';
import type { OnFault } from '../turns.ts';
import { GuestConversation } from './guest-conversation.ts';
import { HostConversation } from './host-conversation.ts';
import type { NearbyChoices, NearbyCode, NearbyNews, NearbyPurpose } from './nearby-calls.ts';
import { NearbyChannel } from './nearby-channel.ts';

export interface MeetingsPorts {
  readonly spaces: Spaces;
  readonly invitations: Invitations;
  readonly joining: Joining;
  readonly mail: MailRoom;
  readonly links: Links;
  readonly linking: DeviceLinking;
  readonly events: EngineEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly origin: string;
  readonly onFault: OnFault;
}

const MEETING_MS = 600_000;
/** The invitation outlives its code a little: who was late with the answer is still let in. */
const INVITATION_DAYS = 1 / 24;
const MAX_MEETINGS = 16;

interface Meeting {
  readonly offer: NearbyOffer;
  readonly content: Uint8Array;
  readonly madeMs: number;
  readonly isOffered: boolean;
  /** The host's own invitation. */
  readonly invited: HostConversation | undefined;
  readonly choices: NearbyChoices | undefined;
  isAnswered: boolean;
  channel: NearbyChannel | undefined;
}

export class Meetings {
  readonly #ports: MeetingsPorts;
  readonly #meetings = new Map<string, Meeting>();
  readonly #channels = new Set<NearbyChannel>();
  #isClosed = false;

  constructor(ports: MeetingsPorts) {
    this.#ports = ports;
    // What a secret made ends with the session [V2]; the channels stay, and serve nobody.
    ports.events.subscribe((event) => {
      if (event.kind === 'session' && event.session.kind === 'locked') this.#meetings.clear();
    });
  }

  async offer(description: NearbyDescription, purpose: NearbyPurpose): Promise<Result<NearbyCode>> {
    const secret = this.#ports.random.bytes(NEARBY_SECRET_BYTES);
    if (purpose.kind !== 'invite') return ok(this.#offered({ kind: purpose.kind, secret, description }, undefined));
    const host = await this.#invite(purpose);
    if (!host.ok) return host;
    return ok(this.#offered({ kind: 'invite', secret, description, invite: host.value.link }, host.value));
  }

  answer(text: string, description: NearbyDescription, choices: NearbyChoices): Result<NearbyCode> {
    const read = readOffer(text);
    if (!read.ok) return read;
    const { offer, content } = read.value;
    if ([...this.#meetings.values()].some((each) => each.isOffered && equalBytes(each.content, content)))
      return fail('nearby-mismatch', 'an offer of this very device');
    const meeting = this.#add({ offer, content, isOffered: false, invited: undefined, choices });
    const proof = proofOf({ offer, content }, description);
    return ok({ meeting, code: formatNearbyCode(encodeNearbyAnswer({ kind: 'answer', proof, description })) });
  }

  take(id: string, text: string): Result<NearbyDescription> {
    const bytes = decodeNearbyCode(text);
    const read = bytes.ok ? readNearbyCode(bytes.value) : bytes;
    if (!read.ok) return read;
    const meeting = this.#meetings.get(id);
    if (meeting === undefined || this.#isOver(meeting)) return fail('nearby-expired');
    const answer = read.value;
    if (answer.kind !== 'answer') return fail('nearby-mismatch', 'an offer where an answer was due');
    if (!equalBytes(answer.proof, proofOf(meeting, answer.description))) return fail('nearby-mismatch', 'proof');
    if (meeting.isAnswered) return fail('nearby-used');
    meeting.isAnswered = true;
    return ok(answer.description);
  }

  /** The channel of a meeting stands. One that this engine does not know is a peer like any other: it proves itself [S5]. */
  meet(id: string, transport: Transport): void {
    const meeting = this.#meetings.get(id);
    const channel = new NearbyChannel(transport, this.#ports.scheduler, {
      attach: (end) => this.#ports.links.attach(end, this.#conversation(id, meeting)),
      onClose: () => this.#channels.delete(channel),
    });
    this.#channels.add(channel);
    channel.open();
    if (meeting === undefined) return;
    meeting.channel = channel;
    if (meeting.offer.kind === 'pair') this.#pair(id, meeting, channel);
  }

  async end(id: string): Promise<void> {
    const meeting = this.#meetings.get(id);
    if (meeting === undefined || meeting.channel !== undefined) return;
    this.#meetings.delete(id);
    await meeting.invited?.takeBack();
  }

  close(): void {
    this.#isClosed = true;
    for (const channel of [...this.#channels]) channel.close();
  }

  /** [I5] Both ends know the offer's secret; bound to this very channel, it is no use to someone between them. */
  #pair(id: string, { offer, choices }: Meeting, channel: NearbyChannel): void {
    const secret = kdf(offer.secret, 'nearby-pair', channel.binding);
    const way = channel.sideLane();
    const { linking, onFault } = this.#ports;
    const begun =
      choices === undefined
        ? linking.over(way, { side: 'host', secret })
        : linking.over(way, { side: 'guest', secret, protection: choices.protection, deviceName: choices.deviceName });
    begun
      .then((result) => {
        if (!result.ok) this.#tell(id, { kind: 'failed', code: result.error.code });
      })
      .catch(onFault);
  }

  async #invite(purpose: Extract<NearbyPurpose, { readonly kind: 'invite' }>): Promise<Result<HostConversation>> {
    const { spaces, invitations } = this.#ports;
    const replica = spaces.find(purpose.space);
    if (replica === undefined) return fail('wrong-space');
    const options = { role: purpose.role, days: INVITATION_DAYS, maxUses: 1, isNearby: true } as const;
    const made = await invitations.make(replica, options);
    if (!made.ok) return made;
    const link = decodeInviteLink(made.value.link ?? '');
    if (!link.ok) return link;
    return ok(new HostConversation({ invitations, replica, invite: made.value.invite, link: link.value }));
  }

  #offered(offer: NearbyOffer, invited: HostConversation | undefined): NearbyCode {
    const content = encodeNearbyOffer(offer);
    const meeting = this.#add({ offer, content, isOffered: true, invited, choices: undefined });
    return { meeting, code: formatNearbyCode(content, this.#ports.origin) };
  }

  #add(meeting: Omit<Meeting, 'madeMs' | 'isAnswered' | 'channel'>): string {
    for (const [id, other] of this.#meetings)
      if (this.#isOver(other) || this.#meetings.size >= MAX_MEETINGS) this.#meetings.delete(id);
    const id = bytesToHex(this.#ports.random.bytes(NEARBY_SECRET_BYTES));
    const madeMs = this.#ports.clock.nowMs();
    this.#meetings.set(id, { ...meeting, madeMs, isAnswered: false, channel: undefined });
    return id;
  }

  #isOver({ madeMs }: Meeting): boolean {
    return Math.abs(this.#ports.clock.nowMs() - madeMs) > MEETING_MS;
  }

  #conversation(id: string, meeting: Meeting | undefined): GuestConversation | HostConversation | undefined {
    const tell = (news: NearbyNews): void => this.#tell(id, news);
    if (meeting === undefined) return undefined;
    if (meeting.invited !== undefined) return meeting.invited.with({ tell, onFault: this.#ports.onFault });
    if (meeting.isOffered || meeting.offer.kind !== 'invite') return undefined;
    const { origin, mail, joining, onFault } = this.#ports;
    const link = formatInviteLink(origin, meeting.offer.invite);
    return new GuestConversation({
      ...{ link, mail, joining, tell, onFault },
      seed: meeting.offer.invite.seed,
      onJoining: () => this.#ports.links.poke(undefined, 'access'),
    });
  }

  #tell(meeting: string, news: NearbyNews): void {
    if (!this.#isClosed) this.#ports.events.emit({ kind: 'nearby', meeting, news });
  }
}

export function readOffer(text: string): Result<{ readonly offer: NearbyOffer; readonly content: Uint8Array }> {
  const content = decodeNearbyCode(text);
  if (!content.ok) return content;
  const read = readNearbyCode(content.value);
  if (!read.ok) return read;
  if (read.value.kind === 'answer') return fail('nearby-mismatch', 'an answer where an offer was due');
  return ok({ offer: read.value, content: content.value });
}

/** The offer's fields end by themselves, so that the two parts cannot be cut elsewhere. */
function proofOf(
  { offer, content }: { readonly offer: NearbyOffer; readonly content: Uint8Array },
  answer: NearbyDescription,
): Uint8Array {
  const context = concatBytes(content, encodeNearbyDescription(answer));
  return kdf(offer.secret, 'nearby-answer', context).subarray(0, NEARBY_PROOF_BYTES);
}
