/**
 * Private channels and direct messages (docs/spec/private-spaces.md): spaces of their own whose genesis names the parent.
 * Offers and claims travel as sealed letters inside the parent, so that nobody passes links by hand and whatever brings
 * the parent's entries brings these too. Admission is the usual one: the invitee's own claim stands in `admit` [I2].
 */
import type { DocumentId, MemberId, SpaceId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { asKey, type InviteSeed } from '../../crypto/keys.ts';
import { openSpaceLetter, sealSpaceLetter } from '../../crypto/space-letter.ts';
import { rankOf, type Member } from '../../membership/membership-state.ts';
import { RANKS } from '../../membership/seniority.ts';
import { decodeInviteLink } from '../../protocol/invite-link.ts';
import { decodeClaim } from '../../protocol/membership-claim.ts';
import type { DeviceKeys, SpaceParent } from '../../protocol/membership-op.ts';
import {
  decodeSealedLetters,
  decodeSpaceLetter,
  encodeSealedLetters,
  encodeSpaceLetter,
  MAX_LETTER_COPIES,
  type SealedLetter,
  type SpaceLetter,
} from '../../protocol/space-letter.ts';
import type { OpenedEntry } from '../engine.ts';
import type { Invitations } from '../invitations.ts';
import type { Joining } from '../joining.ts';
import type { LocalRecords } from '../local-records.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import type { Named } from './stewardship-calls.ts';

/** Kind 14: letters to devices, which no one reads as a document. */
export const LETTERS_DOCUMENT = `0e${'00'.repeat(15)}` as DocumentId;
const TABLE = 'engine-letters';
const OFFER_DAYS = 7;
/** How far the answer to an offer is. A crash in between sends it again, a space that was left is not joined again. */
const [BEGUN, SENT] = [1, 2];

export interface PrivateSpacesPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly records: LocalRecords;
  readonly invitations: Invitations;
  readonly joining: Joining;
  readonly clock: Clock;
  readonly random: Random;
  readonly onNewSpace: (replica: SpaceReplica) => void;
  readonly onFault: OnFault;
}

export class PrivateSpaces {
  readonly #ports: PrivateSpacesPorts;
  readonly #turns = new Turns();

  constructor(ports: PrivateSpacesPorts) {
    this.#ports = ports;
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** A space inside `parent` for the chosen of its members, who are asked by letter. */
  async create(
    parent: SpaceReplica,
    { kind, members }: { readonly kind: SpaceParent['kind']; readonly members: readonly MemberId[] },
  ): Promise<Result<SpaceReplica>> {
    const chosen = this.#addressees(parent, members);
    if (!chosen.ok) return chosen;
    if (parent.governance.parent !== undefined) return fail('role-forbids', 'a private space has none of its own');
    if (!this.#ports.invitations.hasSecondWayIn(parent)) return fail('second-way-in-required');
    const created = await this.#ports.spaces.create({ space: parent.space, kind });
    if (!created.ok) return created;
    this.#ports.onNewSpace(created.value);
    const invited = await this.#offer(created.value, parent, chosen.value);
    return invited.ok ? created : invited;
  }

  /** Asks more members of the parent into a private channel that is there. */
  async invite(replica: SpaceReplica, members: readonly MemberId[]): Promise<Result<void>> {
    const parent = this.#parentOf(replica);
    if (parent === undefined) return fail('wrong-space');
    if (isDirect(replica)) return fail('role-forbids', 'a third person would make it another conversation');
    const chosen = this.#addressees(parent, members);
    return chosen.ok ? this.#offer(replica, parent, chosen.value) : chosen;
  }

  /** Members of the parent, readers too, who are not in and have no offer of this device that is still open. */
  outsiders(replica: SpaceReplica): readonly MemberId[] {
    const parent = this.#parentOf(replica);
    if (parent?.isReady !== true || isDirect(replica)) return [];
    const { vault, invitations } = this.#ports;
    const open = new Set(invitations.list(replica).flatMap(({ invite, state }) => (state === 'open' ? [invite] : [])));
    const asked = new Set(vault.secrets.invites.flatMap((made) => (open.has(made.invite) ? [made.asked] : [])));
    return parent.state
      .activeMembers()
      .filter((each) => each.id !== parent.secrets.member && !asked.has(each.id) && sameIn(replica, each) === undefined)
      .map(({ id }) => id);
  }

  /** Private spaces inside `parent`, and who the same person is there: known by the identity that signed the cards. */
  memberships(parent: SpaceReplica, member: MemberId): readonly { readonly space: SpaceId; readonly who: Named }[] {
    const person = parent.state.member(member);
    if (person === undefined) return [];
    return this.#ports.spaces.all().flatMap((replica) => {
      if (replica.governance.parent?.space !== parent.space) return [];
      const same = sameIn(replica, person);
      if (same === undefined) return [];
      const who = { member: same.id, name: same.card?.name ?? '', isSelf: same.id === replica.secrets.member };
      return [{ space: replica.space, who }];
    });
  }

  /** Letters that came while nobody looked. */
  async start(): Promise<void> {
    for (const replica of this.#ports.spaces.shown())
      this.receive(replica.space, await replica.entries(LETTERS_DOCUMENT, 0));
  }

  receive(space: SpaceId, entries: readonly OpenedEntry[]): void {
    const others = entries.filter((entry) => !entry.isOwn && entry.type === 'update');
    if (others.length > 0) this.#turns.detach(() => this.#read(space, others), this.#ports.onFault);
  }

  async #read(space: SpaceId, entries: readonly OpenedEntry[]): Promise<void> {
    for (const entry of entries) {
      const parent = this.#ports.vault.isOpen ? this.#ports.spaces.find(space) : undefined;
      const letter = parent === undefined ? undefined : openFor(parent, entry.body);
      if (parent === undefined || letter === undefined) continue;
      if (letter.kind === 'offer') await this.#onOffer(parent, letter, entry);
      else if (this.#ports.spaces.find(letter.space)?.governance.parent?.space === parent.space)
        await this.#ports.invitations.answerDirectly(letter.claim);
    }
  }

  /** [I2] The answer is a claim over this device's own new keys. The offer is marked first: it is answered once. */
  async #onOffer(
    parent: SpaceReplica,
    offer: SpaceLetter & { kind: 'offer' },
    { author }: Pick<OpenedEntry, 'author'>,
  ): Promise<void> {
    const { spaces, records, joining, clock, vault } = this.#ports;
    const { space, invite, role, expiresAt } = offer;
    const self = parent.state.member(parent.secrets.member);
    if (offer.member !== self?.id || !answersFor(parent, self) || rankOf(role) > RANKS.editor) return;
    let held = spaces.find(space);
    const done = (await records.find(TABLE, invite))?.[0];
    if (done === SENT) return;
    // Who is in needs no offer; it is not to draw them back in later.
    if (held !== undefined && isIn(held)) return records.put(TABLE, invite, Uint8Array.of(SENT));
    if (held?.secrets.standing !== 'joining') {
      if (done === BEGUN || expiresAt <= clock.nowMs()) return;
      await records.put(TABLE, invite, Uint8Array.of(BEGUN));
      const note = { space, invite, role, state: 'open', approve: false, expiresAt, host: '' } as const;
      held = await joining.begin(note, asKey<InviteSeed>(offer.seed), parent.space);
    }
    const claim = decodeClaim(held.secrets.claim);
    const host = parent.state.device(author);
    if (!claim.ok || host === undefined || !vault.isOpen) return;
    const answer = { kind: 'claim', space, claim: claim.value } as const;
    const sent = await this.#send(parent, answer, [{ device: host.id, kem: host.kem }]);
    if (sent.ok) await records.put(TABLE, invite, Uint8Array.of(SENT));
  }

  async #offer(replica: SpaceReplica, parent: SpaceReplica, members: readonly Member[]): Promise<Result<void>> {
    for (const member of members) {
      const options = { role: 'editor', days: OFFER_DAYS, maxUses: 1, isNearby: true, asked: member.id } as const;
      const made = await this.#ports.invitations.make(replica, options);
      if (!made.ok) return made;
      const { invite, role, expiresAt, link } = made.value;
      const decoded = decodeInviteLink(link ?? '');
      if (!decoded.ok) return decoded;
      const { seed } = decoded.value;
      const letter = { kind: 'offer', space: replica.space, member: member.id, invite, role, seed, expiresAt } as const;
      const sent = await this.#send(parent, letter, usableDevices(parent, member));
      if (!sent.ok) return sent;
    }
    return ok(undefined);
  }

  async #send(parent: SpaceReplica, letter: SpaceLetter, devices: readonly DeviceKeys[]): Promise<Result<void>> {
    const { random } = this.#ports;
    const bytes = encodeSpaceLetter(letter);
    const copies: SealedLetter[] = [];
    for (const device of devices.slice(0, MAX_LETTER_COPIES)) {
      const sealed = sealSpaceLetter(bytes, device, { space: parent.space, random });
      if (sealed.ok) copies.push(sealed.value);
    }
    if (copies.length === 0) return fail('bad-box', 'no device can open a letter');
    const written = await parent.append({
      document: LETTERS_DOCUMENT,
      type: 'update',
      body: encodeSealedLetters(copies),
    });
    return written.ok ? ok(undefined) : written;
  }

  #parentOf(replica: SpaceReplica): SpaceReplica | undefined {
    const parent = replica.governance.parent;
    return parent === undefined ? undefined : this.#ports.spaces.find(parent.space);
  }

  /** Readers write nothing, so they could not answer; they are asked in by a link. */
  #addressees(parent: SpaceReplica, members: readonly MemberId[]): Result<readonly Member[]> {
    if (!parent.isReady) return fail('not-a-member');
    const chosen = [...new Set(members)].map((id) => parent.state.member(id));
    const good = chosen.filter(
      (member): member is Member =>
        member?.isActive === true && member.id !== parent.secrets.member && rankOf(member.role) >= RANKS.commenter,
    );
    return good.length === chosen.length ? ok(good) : fail('not-a-member');
  }
}

/** False while it is being joined, and once the person left or was removed. */
function isIn({ secrets, state }: SpaceReplica): boolean {
  return secrets.standing !== 'joining' && state.member(secrets.member)?.isActive !== false;
}

function isDirect({ governance }: SpaceReplica): boolean {
  return governance.parent?.kind === 'direct';
}

/** The same person in another space: known by the identity that signed both cards. */
function sameIn({ state }: SpaceReplica, { card }: Member): Member | undefined {
  if (card === undefined) return undefined;
  return state.activeMembers().find((each) => each.card?.identity === card.identity);
}

function usableDevices({ state }: SpaceReplica, member: Member): readonly DeviceKeys[] {
  return member.devices.flatMap((id) => {
    const device = state.device(id);
    return device?.isActive === true && !device.isRecovery ? [{ device: device.id, kem: device.kem }] : [];
  });
}

/** One device of a person answers, so that a person is in once: the first by id of those that are active. */
function answersFor(parent: SpaceReplica, self: Member): boolean {
  const [first] = usableDevices(parent, self)
    .map(({ device }) => device)
    .sort();
  return first === parent.secrets.device;
}

function openFor(parent: SpaceReplica, body: Uint8Array): SpaceLetter | undefined {
  const copies = decodeSealedLetters(body);
  const { space, secrets } = parent;
  for (const copy of copies.ok ? copies.value : []) {
    const opened = openSpaceLetter(copy, { space, device: secrets.device, kem: secrets.kem });
    const letter = opened.ok ? decodeSpaceLetter(opened.value) : undefined;
    if (letter?.ok === true) return letter.value;
  }
  return undefined;
}
