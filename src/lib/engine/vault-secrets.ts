/** What the vault's body holds, as bytes: every secret of this device, and the few settings that are nobody's business. */
import { idToBytes, type DeviceId, type InviteId, type MemberId, type SpaceId } from '../foundation/ids.ts';
import type { Result } from '../foundation/result.ts';
import { asKey, type KemSecret, type SigningSecret } from '../crypto/keys.ts';
import { CborRecord } from '../protocol/cbor-record.ts';
import { cborMap, encodeCbor, type CborMap } from '../protocol/cbor.ts';
import { APPROVAL_VALUE_BYTES, CLAIM_VERDICTS, type ClaimVerdict } from '../protocol/invite-letter.ts';
import type { Language } from './engine.ts';
import { readWaysBack, waysBackToCbor, type WaysBackSecrets } from './ways-back/ways-back-secrets.ts';

/** This device's keys in one space, and how far it is in joining it. */
export interface SpaceSecrets {
  readonly space: SpaceId;
  readonly member: MemberId;
  readonly device: DeviceId;
  readonly sign: SigningSecret;
  readonly kem: KemSecret;
  readonly standing: 'member' | 'joining' | 'restoring';
  /** The link of a joining device, until its admission is verified. */
  readonly link: string;
  /** The claim of a joining device, as posted. */
  readonly claim: Uint8Array;
  /** What a joining device needs for the approval by voice, and what it was told [I3]. */
  readonly wait?: JoinWait;
  /** Of a private space that is being joined: the space whose member offered it. */
  readonly parent?: SpaceId;
  /** Keys that a restoring device is about to add, kept before they are published. */
  readonly fresh?: DeviceSecrets;
  /** [C2] Another entry stands in the chain of this device, or of the one whose keys it gave up for these. */
  readonly fork?: OwnFork;
}

export interface OwnFork {
  /** Whose chain forked: as long as it is this device, the person has not chosen new keys yet. */
  readonly device: DeviceId;
  /** The first place where the two chains differ; undefined while it is looked for. */
  readonly seq: number | undefined;
  /** The keys that are being given up, kept until the new ones are in: they may have to let them in. */
  readonly old?: DeviceSecrets;
}

export interface JoinWait {
  /** The value behind the claim's commitment: shown only after the approver's came. */
  readonly opening: Uint8Array;
  readonly approve: boolean;
  readonly expiresAt: number;
  readonly host: string;
  /** The approver's value: the first one that came, for good. */
  readonly asked: Uint8Array | undefined;
  readonly answer: ClaimVerdict | undefined;
}

export interface DeviceSecrets {
  readonly device: DeviceId;
  readonly sign: SigningSecret;
  readonly kem: KemSecret;
}

/** An invitation this device made: the seed in the link opens its mailbox. */
export interface MadeInvite {
  readonly space: SpaceId;
  readonly invite: InviteId;
  readonly link: string;
  /** Offered by letter inside the parent: to which of its members. */
  readonly asked?: MemberId;
}

export interface Secrets {
  /** What the recovery words say. */
  readonly entropy: Uint8Array;
  readonly language: Language;
  readonly name: string;
  readonly areWordsConfirmed: boolean;
  readonly autoLockMinutes: number;
  readonly relayUrl: string;
  readonly spaces: readonly SpaceSecrets[];
  readonly invites: readonly MadeInvite[];
  /** The words were typed here, and the list of spaces has not been found yet. */
  readonly isRestored: boolean;
  readonly waysBack?: WaysBackSecrets;
  readonly own: OwnSecrets;
}

/** Of the person's own devices (docs/spec/devices.md). */
export interface OwnSecrets {
  /** The space that only the person's devices are in; undefined until it was made or found. */
  readonly space: SpaceId | undefined;
  /** What this device is called among them. */
  readonly deviceName: string;
  /** What the new words will say, while they are being put in place. */
  readonly renewal?: Uint8Array;
}

/** Of someone who begins. */
export function newSecrets(entropy: Uint8Array, language: Language): Secrets {
  return {
    entropy,
    language,
    name: '',
    areWordsConfirmed: false,
    autoLockMinutes: 0,
    relayUrl: '',
    spaces: [],
    invites: [],
    isRestored: false,
    own: NOTHING_OWN,
  };
}

const LANGUAGES = ['fr', 'en'] as const;
const STANDINGS = ['member', 'joining', 'restoring'] as const;
const MAX_ENTROPY_BYTES = 64;
const SIGN_BYTES = 64;
const KEM_BYTES = 32;
const MAX_TEXT = 4096;
const MAX_CLAIM_BYTES = 16_384;
const MAX_SPACES = 10_000;

export function encodeSecrets(secrets: Secrets): Uint8Array {
  return encodeCbor(
    cborMap(
      [0, secrets.entropy],
      [1, LANGUAGES.indexOf(secrets.language)],
      [2, secrets.name],
      [3, secrets.areWordsConfirmed],
      [4, secrets.autoLockMinutes],
      [5, secrets.relayUrl],
      [6, secrets.spaces.map(spaceToCbor)],
      [7, secrets.invites.map(inviteToCbor)],
      [8, secrets.isRestored],
      [9, ownToCbor(secrets.own)],
      [10, secrets.waysBack && waysBackToCbor(secrets.waysBack)],
    ),
  );
}

export function decodeSecrets(bytes: Uint8Array): Result<Secrets> {
  return CborRecord.decode(bytes, 'secrets', (record): Secrets => ({
    entropy: record.bytesUpTo(0, MAX_ENTROPY_BYTES),
    language: record.choice(1, LANGUAGES),
    name: record.text(2, MAX_TEXT),
    areWordsConfirmed: record.bool(3),
    autoLockMinutes: record.uint(4),
    relayUrl: record.text(5, MAX_TEXT),
    spaces: record.records(6, MAX_SPACES).map(readSpace),
    invites: record.records(7, MAX_SPACES).map(readInvite),
    isRestored: record.bool(8),
    own: record.has(9) ? readOwn(record.record(9)) : NOTHING_OWN,
    ...(record.has(10) ? { waysBack: readWaysBack(record.record(10)) } : {}),
  }));
}

const NOTHING_OWN: OwnSecrets = { space: undefined, deviceName: '' };

function ownToCbor({ space, deviceName, renewal }: OwnSecrets): CborMap {
  return cborMap([0, space === undefined ? undefined : idToBytes(space)], [1, deviceName], [2, renewal]);
}

function readOwn(record: CborRecord): OwnSecrets {
  const own = {
    space: record.has(0) ? record.id(0, 'SpaceId') : undefined,
    deviceName: record.text(1, MAX_TEXT),
    ...(record.has(2) ? { renewal: record.bytesUpTo(2, MAX_ENTROPY_BYTES).slice() } : {}),
  };
  record.end();
  return own;
}

function spaceToCbor(secrets: SpaceSecrets): CborMap {
  return cborMap(
    [0, idToBytes(secrets.space)],
    [1, idToBytes(secrets.member)],
    [2, idToBytes(secrets.device)],
    [3, secrets.sign],
    [4, secrets.kem],
    [5, STANDINGS.indexOf(secrets.standing)],
    [6, secrets.link],
    [7, secrets.claim],
    [8, secrets.fresh === undefined ? undefined : deviceToCbor(secrets.fresh)],
    [11, secrets.wait === undefined ? undefined : waitToCbor(secrets.wait)],
    [12, secrets.parent === undefined ? undefined : idToBytes(secrets.parent)],
    [13, secrets.fork === undefined ? undefined : forkToCbor(secrets.fork)],
  );
}

function readSpace(record: CborRecord): SpaceSecrets {
  const secrets: SpaceSecrets = {
    space: record.id(0, 'SpaceId'),
    member: record.id(1, 'MemberId'),
    device: record.id(2, 'DeviceId'),
    sign: asKey<SigningSecret>(record.bytes(3, SIGN_BYTES)),
    kem: asKey<KemSecret>(record.bytes(4, KEM_BYTES)),
    standing: record.choice(5, STANDINGS),
    link: record.text(6, MAX_TEXT),
    claim: record.bytesUpTo(7, MAX_CLAIM_BYTES),
    ...(record.has(8) ? { fresh: readDevice(record.record(8)) } : {}),
    ...(record.has(11) ? { wait: readWait(record.record(11)) } : {}),
    ...(record.has(12) ? { parent: record.id(12, 'SpaceId') } : {}),
    ...(record.has(13) ? { fork: readFork(record.record(13)) } : {}),
  };
  record.end();
  return secrets;
}

function forkToCbor({ device, seq, old }: OwnFork): CborMap {
  return cborMap([0, idToBytes(device)], [1, seq], [2, old && deviceToCbor(old)]);
}

function readFork(record: CborRecord): OwnFork {
  const fork = {
    device: record.id(0, 'DeviceId'),
    seq: record.has(1) ? record.uint(1) : undefined,
    ...(record.has(2) ? { old: readDevice(record.record(2)) } : {}),
  };
  record.end();
  return fork;
}

function waitToCbor(wait: JoinWait): CborMap {
  return cborMap(
    [0, wait.opening],
    [1, wait.approve],
    [2, wait.expiresAt],
    [3, wait.host],
    [4, wait.asked],
    [5, wait.answer === undefined ? undefined : CLAIM_VERDICTS.indexOf(wait.answer)],
  );
}

function readWait(record: CborRecord): JoinWait {
  const wait: JoinWait = {
    opening: record.bytes(0, APPROVAL_VALUE_BYTES),
    approve: record.bool(1),
    expiresAt: record.uint(2),
    host: record.text(3, MAX_TEXT),
    asked: record.has(4) ? record.bytes(4, APPROVAL_VALUE_BYTES) : undefined,
    answer: record.has(5) ? record.choice(5, CLAIM_VERDICTS) : undefined,
  };
  record.end();
  return wait;
}

function deviceToCbor({ device, sign, kem }: DeviceSecrets): CborMap {
  return cborMap([0, idToBytes(device)], [1, sign], [2, kem]);
}

function readDevice(record: CborRecord): DeviceSecrets {
  const secrets = {
    device: record.id(0, 'DeviceId'),
    sign: asKey<SigningSecret>(record.bytes(1, SIGN_BYTES)),
    kem: asKey<KemSecret>(record.bytes(2, KEM_BYTES)),
  };
  record.end();
  return secrets;
}

function inviteToCbor({ space, invite, link, asked }: MadeInvite): CborMap {
  return cborMap([0, idToBytes(space)], [1, idToBytes(invite)], [2, link], [3, asked && idToBytes(asked)]);
}

function readInvite(record: CborRecord): MadeInvite {
  const made = {
    space: record.id(0, 'SpaceId'),
    invite: record.id(1, 'InviteId'),
    link: record.text(2, MAX_TEXT),
    ...(record.has(3) ? { asked: record.id(3, 'MemberId') } : {}),
  };
  record.end();
  return made;
}
