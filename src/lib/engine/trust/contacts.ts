/**
 * [I6] Who somebody is, over all spaces: the marks that the person set after comparing safety numbers, kept by identity key
 * and followed to each of the person's devices, and the doubts that arise when a name or a member appears under another
 * key than the verified one. A doubt stands until the person has looked and decided (docs/spec/verification.md).
 */
import type { IdentityKey, MemberId, SpaceId } from '../../foundation/ids.ts';
import { parseId } from '../../foundation/ids.ts';
import type { Clock } from '../../foundation/clock.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { identityOf } from '../../crypto/recovery-keys.ts';
import { recoverySeedOf } from '../../crypto/recovery-words.ts';
import { safetyNumberOf } from '../../crypto/safety-number.ts';
import type { InviteClaim } from '../../protocol/membership-op.ts';
import { formatSafetyCode, parseSafetyCode } from '../../protocol/safety-code.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import type { Spaces } from '../spaces.ts';
import type { Vault } from '../vault.ts';
import { decodeMark, encodeMark, type ContactMark } from './contact-mark.ts';
import { identitiesOf, type Sighting } from './sightings.ts';

export interface ContactView {
  readonly identity: IdentityKey;
  readonly name: string;
  readonly verifiedAt: number | undefined;
  /** Another key was verified for this member, or for this name; undefined for everyone else. */
  readonly doubt: ContactDoubt | undefined;
  readonly places: readonly { readonly space: SpaceId; readonly member: MemberId }[];
}

export interface ContactDoubt {
  /** `changed`: the same member under another key. `same-name`: somebody else with a verified person's name. */
  readonly kind: 'changed' | 'same-name';
  readonly verifiedName: string;
  /** The person has looked and goes on without a mark. */
  readonly isSeen: boolean;
}

export interface SafetyNumber {
  /** Twelve groups of five digits. */
  readonly groups: readonly string[];
  /** The same for a QR code. */
  readonly code: string;
}

export interface ContactsPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly personal: PersonalRecords;
  readonly clock: Clock;
}

export const CONTACTS_TABLE = 'contacts';

export class Contacts {
  readonly #ports: ContactsPorts;

  constructor(ports: ContactsPorts) {
    this.#ports = ports;
  }

  /** Everyone this person shares a space with, and whoever was verified once. */
  list(): readonly ContactView[] {
    const marks = this.#marks();
    const byIdentity = new Map<IdentityKey, Sighting[]>();
    for (const sighting of this.#sightings()) {
      const { identity } = sighting;
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), sighting]);
    }
    for (const [identity, mark] of marks)
      if (mark.verifiedAt !== undefined && !byIdentity.has(identity)) byIdentity.set(identity, []);
    return [...byIdentity].map(([identity, sightings]) => ({
      identity,
      name: sightings.find(({ name }) => name !== '')?.name ?? marks.get(identity)?.name ?? '',
      verifiedAt: marks.get(identity)?.verifiedAt,
      doubt: doubtOf(sightings, marks),
      places: sightings.map(({ space, member }) => ({ space, member })),
    }));
  }

  /** The claim bears the name of someone verified, under another key, and the person has not looked yet. */
  isDoubtful({ card }: InviteClaim): boolean {
    return isOpen(this.doubtOfName(card.identity, card.name));
  }

  doubtOfName(identity: IdentityKey, name: string): ContactDoubt | undefined {
    return doubtOf([{ identity, name, earlier: [] }], this.#marks());
  }

  /** Such a member is given no more power before the person has looked. */
  isMemberDoubtful(space: SpaceId, member: MemberId): boolean {
    const sightings = this.#sightings().filter((each) => each.space === space && each.member === member);
    return isOpen(doubtOf(sightings, this.#marks()));
  }

  safetyNumber(identity: IdentityKey): Result<SafetyNumber> {
    if (identity === this.#self()) return fail('not-a-member');
    const groups = safetyNumberOf(this.#self(), identity);
    return ok({ groups, code: formatSafetyCode(groups) });
  }

  /** After the numbers were compared: by ear and eye, or as `scanned` from the other's screen. */
  verify(identity: IdentityKey, scanned: string | undefined): Promise<Result<void>> {
    const number = this.safetyNumber(identity);
    if (!number.ok) return Promise.resolve(number);
    const read = scanned === undefined ? ok(number.value.groups.join('')) : parseSafetyCode(scanned);
    if (!read.ok) return Promise.resolve(read);
    if (read.value !== number.value.groups.join('')) return Promise.resolve(fail('safety-number-differs'));
    return this.#mark(identity, { verifiedAt: this.#ports.clock.nowMs() });
  }

  unverify(identity: IdentityKey): Promise<Result<void>> {
    return this.#mark(identity, { verifiedAt: undefined });
  }

  /** The person has looked, and goes on with this key unverified. */
  settle(identity: IdentityKey): Promise<Result<void>> {
    return this.#mark(identity, { seenAt: this.#ports.clock.nowMs() });
  }

  #mark(identity: IdentityKey, change: Partial<ContactMark>): Promise<Result<void>> {
    const known = this.#marks().get(identity);
    const name = this.#sightings().find((each) => each.identity === identity)?.name ?? known?.name ?? '';
    const mark = { verifiedAt: undefined, seenAt: undefined, ...known, name, ...change };
    return this.#ports.personal.put(CONTACTS_TABLE, identity, encodeMark(mark));
  }

  #marks(): ReadonlyMap<IdentityKey, ContactMark> {
    const marks = new Map<IdentityKey, ContactMark>();
    for (const [key, value] of this.#ports.personal.all(CONTACTS_TABLE)) {
      const identity = parseId('IdentityKey', key);
      const mark = decodeMark(value);
      if (identity !== undefined && mark.ok) marks.set(identity, mark.value);
    }
    return marks;
  }

  #sightings(): readonly Sighting[] {
    const { spaces, vault } = this.#ports;
    if (!vault.isOpen) return [];
    const self = this.#self();
    return spaces
      .shown()
      .flatMap(identitiesOf)
      .filter(({ identity }) => identity !== self);
  }

  #self(): IdentityKey {
    return identityOf(recoverySeedOf(this.#ports.vault.secrets.entropy)).identity;
  }
}

function isOpen(doubt: ContactDoubt | undefined): boolean {
  return doubt?.isSeen === false;
}

/** Of one identity, wherever it was seen. */
function doubtOf(
  sightings: readonly Pick<Sighting, 'identity' | 'name' | 'earlier'>[],
  marks: ReadonlyMap<IdentityKey, ContactMark>,
): ContactDoubt | undefined {
  const isVerified = (identity: IdentityKey): boolean => marks.get(identity)?.verifiedAt !== undefined;
  for (const { identity, name, earlier } of sightings) {
    if (isVerified(identity)) return undefined;
    const isSeen = marks.get(identity)?.seenAt !== undefined;
    const before = earlier.find((other) => other !== identity && isVerified(other));
    if (before !== undefined) return { kind: 'changed', verifiedName: marks.get(before)?.name ?? '', isSeen };
    const folded = foldName(name);
    const namesake =
      folded === ''
        ? undefined
        : [...marks].find(([other, mark]) => other !== identity && isVerified(other) && foldName(mark.name) === folded);
    if (namesake !== undefined) return { kind: 'same-name', verifiedName: namesake[1].name, isSeen };
  }
  return undefined;
}

/** Names that a person reads as the same. */
function foldName(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();
}
