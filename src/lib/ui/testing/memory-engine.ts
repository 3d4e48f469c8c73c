/** The engine interface without keys, links or bytes: a session, its spaces and people as plain values. Tests only. */
import type {
  Engine,
  EngineEvent,
  InvitationView,
  MemberView,
  SessionState,
  SpaceSummary,
  SyncStatus,
} from '$lib/engine/engine.ts';
import type { HistoryLine, HistoryPage, LateWork, Outcome } from '$lib/engine/stewardship/stewardship-calls.ts';
import type { NearbyCode } from '$lib/engine/nearby/nearby-calls.ts';
import { indexDocumentOf } from '$lib/documents/document-kind.ts';
import type { DeviceId, DocumentId, InviteId, MemberId, SpaceId } from '$lib/foundation/ids.ts';
import type { LostWork, OwnDevice, PairingState } from '$lib/engine/devices/devices-calls.ts';
import { fail, ok, type Result } from '$lib/foundation/result.ts';
import { MemoryWaysBack } from './memory-ways-back.ts';

export const SELF = 'a0'.repeat(16) as MemberId;
export const SPACE = '5e'.repeat(32) as SpaceId;
const DEVICE = 'd0'.repeat(32) as DeviceId;
const DAY_MS = 86_400_000;
const done = <T>(value: T): Promise<Result<T>> => Promise.resolve(ok(value));
const refused = (): Promise<Result<never>> => Promise.resolve(fail('unknown-edit'));

export function openSession(name = ''): SessionState {
  return { kind: 'open', name, protection: 'device', wordsConfirmed: false, autoLockMinutes: 0, relayUrl: '' };
}

export function member(id: string, name: string, role: MemberView['role']): MemberView {
  const memberId = id.repeat(16) as MemberId;
  const device = { device: id.repeat(32) as DeviceId, name: '', isActive: true, isRecovery: false };
  return { member: memberId, name, role, isSelf: memberId === SELF, isActive: true, devices: [device] };
}

export class MemoryEngine extends MemoryWaysBack implements Engine {
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #local = new Map<string, Uint8Array>();
  readonly words: readonly string[] = Array.from({ length: 24 }, (_, at) => `mot${String(at + 1)}`);
  current: SessionState = { kind: 'blank' };
  all: SpaceSummary[] = [];
  people: MemberView[] = [member('a0', '', 'owner')];
  /** Where others are in than `people`. */
  readonly peopleIn = new Map<SpaceId, MemberView[]>();
  pending: InvitationView[] = [];
  statuses: SyncStatus[] = [];
  nowMs = 0;

  tell(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
  become(session: SessionState): Promise<Result<void>> {
    this.current = session;
    this.tell({ kind: 'session', session });
    return done(undefined);
  }
  addSpace(space: SpaceId): SpaceSummary {
    const added: SpaceSummary = {
      space,
      member: SELF,
      device: DEVICE,
      role: 'owner',
      index: indexDocumentOf(space),
      isReady: true,
      memberCount: this.people.length,
    };
    this.all = [...this.all, added];
    this.tell({ kind: 'spaces', spaces: this.all });
    return added;
  }

  session = (): Promise<SessionState> => Promise.resolve(this.current);
  setUp = ({ name }: { readonly name: string }): Promise<Result<void>> => this.become(openSession(name));
  unlock = (passphrase: string): Promise<Result<void>> =>
    passphrase === 'correct horse' ? this.become(openSession()) : Promise.resolve(fail('wrong-passphrase'));
  lock = async (): Promise<void> => {
    await this.become({ kind: 'locked', retryAfterMs: 0 });
  };
  setProtection = ({ kind }: { readonly kind: 'passphrase' | 'device' }): Promise<Result<void>> =>
    this.#change({ protection: kind });
  setName = (name: string): Promise<Result<void>> => this.#change({ name });
  setAutoLock = (autoLockMinutes: number): Promise<Result<void>> => this.#change({ autoLockMinutes });
  setRelay = (relayUrl: string): Promise<Result<void>> => this.#change({ relayUrl });
  touch = (): Promise<void> => Promise.resolve();
  recoveryWords = (): Promise<Result<readonly string[]>> => done(this.words);
  confirmWords = (answers: readonly { readonly index: number; readonly word: string }[]): Promise<Result<void>> =>
    answers.every(({ index, word }) => this.words[index] === word)
      ? this.#change({ wordsConfirmed: true })
      : Promise.resolve(fail('wrong-words'));
  restore = (): Promise<Result<never>> => Promise.resolve(fail('wrong-words'));
  createSpace = (): Promise<Result<SpaceSummary>> => done(this.addSpace(SPACE));
  spaces = (): Promise<readonly SpaceSummary[]> => Promise.resolve(this.all);
  forgetSpace = refused;
  members = (space: SpaceId): Promise<readonly MemberView[]> =>
    Promise.resolve(this.peopleIn.get(space) ?? this.people);
  setRole = refused;
  removeMember = refused;
  leave = refused;
  invite = async (
    space: SpaceId,
    { role, days }: { readonly role: MemberView['role']; readonly days: number },
  ): Promise<Result<InvitationView>> => {
    if (this.current.kind === 'open' && !this.current.wordsConfirmed) return fail('second-way-in-required');
    const invite = String(this.pending.length).padStart(32, '0') as InviteId;
    const made: InvitationView = {
      invite,
      role,
      expiresAt: this.nowMs + days * DAY_MS,
      usesLeft: 1,
      state: 'open',
      approve: false,
      link: `https://archipel.example/join#${invite}`,
    };
    this.pending = [...this.pending, made];
    this.tell({ kind: 'invitations', space });
    return done(made);
  };
  invitations = (): Promise<readonly InvitationView[]> => Promise.resolve(this.pending);
  revokeInvitation = refused;
  acceptInvitation = (): Promise<Result<never>> => Promise.resolve(fail('invite-malformed'));
  append = refused;
  entries = (): Promise<readonly never[]> => Promise.resolve([]);
  leaseActor = refused;
  releaseActor = (): Promise<void> => Promise.resolve();
  actorOf = (): Promise<never> => Promise.reject(new Error('no actors here'));
  voidEntry = (): Promise<void> => Promise.resolve();
  putLocal = (table: string, key: string, body: Uint8Array): Promise<Result<void>> => {
    this.#local.set(`${table}/${key}`, body);
    return done(undefined);
  };
  getLocal = (table: string, key: string): Promise<Uint8Array | undefined> =>
    Promise.resolve(this.#local.get(`${table}/${key}`));
  deleteLocal = (table: string, key: string): Promise<void> => {
    this.#local.delete(`${table}/${key}`);
    return Promise.resolve();
  };
  pairingState: PairingState = { side: 'none' };
  becomePairing(pairing: PairingState): Promise<Result<void>> {
    this.pairingState = pairing;
    this.tell({ kind: 'pairing', pairing });
    return done(undefined);
  }
  pairing = (): Promise<PairingState> => Promise.resolve(this.pairingState);
  offerPairing = (kind: 'code' | 'digits'): Promise<Result<void>> =>
    this.becomePairing({
      side: 'host',
      code: kind === 'code' ? 'https://archipel.example/link#AbCd' : '',
      digits: kind === 'digits' ? '428913' : '',
      expiresAt: this.nowMs + 600_000,
      progress: { step: 'waiting' },
    });
  typePairingDigits = (): Promise<Result<void>> => Promise.resolve(fail('pairing-digits'));
  acceptPairing = (): Promise<Result<void>> => this.becomePairing({ side: 'guest', progress: { step: 'asking' } });
  confirmPairing = (): Promise<void> => Promise.resolve();
  devices: OwnDevice[] = [{ id: 'd0'.repeat(16), name: 'Firefox', isThis: true, seenAt: 0, spaceCount: 1 }];
  becomeDevices(devices: OwnDevice[]): Promise<Result<void>> {
    this.devices = devices;
    this.tell({ kind: 'devices', devices });
    return done(undefined);
  }
  ownDevices = (): Promise<readonly OwnDevice[]> => Promise.resolve(this.devices);
  introduceDevice = (): Promise<void> => Promise.resolve();
  renameDevice = (id: string, name: string): Promise<Result<void>> =>
    this.becomeDevices(this.devices.map((device) => (device.id === id ? { ...device, name } : device)));
  revokeDevice = (id: string): Promise<Result<void>> =>
    this.becomeDevices(this.devices.filter((device) => device.id !== id));
  renewWords = (): Promise<Result<void>> => this.#change({ wordsConfirmed: false });
  lost: LostWork[] = [];
  renewKeys = (space: SpaceId): Promise<Result<void>> => {
    this.all = this.all.map(({ isForked: _, ...summary }) => ({ ...summary, role: 'owner' }));
    this.tell({ kind: 'spaces', spaces: this.all });
    this.tell({ kind: 'lost-work', space });
    return done(undefined);
  };
  lostWork = (): Promise<readonly LostWork[]> => Promise.resolve(this.lost);
  lostEntries = (): Promise<readonly never[]> => Promise.resolve([]);
  dropLostWork = (space: SpaceId, _device: DeviceId, document: DocumentId): Promise<void> => {
    this.lost = this.lost.filter((work) => work.document !== document);
    this.tell({ kind: 'lost-work', space });
    return Promise.resolve();
  };
  stopPairing = async (): Promise<void> => {
    await this.becomePairing({ side: 'none' });
  };
  readonly #personal = new Map<string, Map<string, Uint8Array>>();
  offerNearby = (): Promise<Result<NearbyCode>> =>
    done({ meeting: 'meeting', code: `https://archipel.example/nearby#${'A'.repeat(260)}` });
  readNearby: Engine['readNearby'] = () => Promise.resolve(fail('nearby-malformed'));
  answerNearby = (): Promise<Result<NearbyCode>> => done({ meeting: 'meeting', code: 'B'.repeat(160) });
  takeNearbyAnswer = (): Promise<Result<never>> => Promise.resolve(fail('nearby-mismatch'));
  endNearby = (): Promise<void> => Promise.resolve();
  putPersonal = (table: string, key: string, value: Uint8Array): Promise<Result<void>> => {
    this.#personal.set(table, new Map([...(this.#personal.get(table) ?? []), [key, value]]));
    return done(undefined);
  };
  getPersonal = (table: string, key: string): Promise<Uint8Array | undefined> =>
    Promise.resolve(this.#personal.get(table)?.get(key));
  allPersonal = (table: string): Promise<ReadonlyMap<string, Uint8Array>> =>
    Promise.resolve(new Map(this.#personal.get(table)));
  deletePersonal = (table: string, key: string): Promise<Result<void>> => {
    this.#personal.get(table)?.delete(key);
    return done(undefined);
  };
  sendPresence = (): Promise<void> => Promise.resolve();
  syncStatus = (): Promise<readonly SyncStatus[]> => Promise.resolve(this.statuses);
  syncNow = (): Promise<void> => Promise.resolve();
  policy: 'start' | 'join' = 'start';
  /** Documents that members named here cannot read. */
  closed = new Map<DocumentId, readonly MemberId[]>();
  historyFrom = (): Promise<'start' | 'join'> => Promise.resolve(this.policy);
  setHistoryFrom = (space: SpaceId, from: 'start' | 'join'): Promise<Result<void>> => {
    this.policy = from;
    this.tell({ kind: 'members', space });
    return done(undefined);
  };
  since: number | undefined;
  readsSince = (): Promise<number | undefined> => Promise.resolve(this.since);
  parts = (_space: SpaceId, document: DocumentId) => Promise.resolve({ all: [document], current: document });
  closedTo = (_space: SpaceId, documents: readonly DocumentId[]) =>
    Promise.resolve(
      documents.flatMap((document) => {
        const members = this.closed.get(document);
        return members === undefined ? [] : [{ document, members }];
      }),
    );
  exportBundle = refused;
  importBundle = refused;
  late: LateWork[] = [];
  turned: Outcome | undefined;
  history: HistoryLine[] = [];
  lateWork = (): Promise<readonly LateWork[]> => Promise.resolve(this.late);
  judgeLateWork = (space: SpaceId, { envelopes }: { readonly envelopes: readonly string[] }): Promise<Result<void>> => {
    this.late = this.late.filter((work) => !work.envelopes.some((id) => envelopes.includes(id)));
    this.tell({ kind: 'late-work', space });
    return done(undefined);
  };
  claimOwnership = refused;
  membershipHistory = (
    _space: SpaceId,
    { before, limit }: { readonly before: number | undefined; readonly limit: number },
  ): Promise<HistoryPage> => {
    const from = before ?? 0;
    const next = from + limit < this.history.length ? from + limit : undefined;
    return Promise.resolve({ lines: this.history.slice(from, from + limit), next, total: this.history.length });
  };
  exportMembership = (): Promise<Result<Uint8Array>> => done(new Uint8Array([123, 125]));
  outcome = (): Promise<Outcome | undefined> => Promise.resolve(this.turned);
  askedInside: { readonly kind: string; readonly members: readonly MemberId[] } | undefined;
  createPrivateSpace = (
    parent: SpaceId,
    options: { readonly kind: 'private' | 'direct'; readonly members: readonly MemberId[] },
  ): Promise<Result<SpaceSummary>> => {
    // As on the way to the worker.
    this.askedInside = structuredClone(options);
    const child = this.addSpace('c4'.repeat(32) as SpaceId);
    const inside = { ...child, parent: { space: parent, kind: options.kind } };
    this.all = this.all.map((each) => (each === child ? inside : each));
    this.tell({ kind: 'spaces', spaces: this.all });
    return done(inside);
  };
  outsiders: MemberId[] = [];
  inviteToPrivateSpace = (space: SpaceId, members: readonly MemberId[]): Promise<Result<void>> => {
    // As on the way to the worker.
    const chosen = structuredClone(members);
    this.outsiders = this.outsiders.filter((each) => !chosen.includes(each));
    const asked = this.people.filter((each) => chosen.includes(each.member));
    this.pending = asked.map(({ name }, at): InvitationView => ({
      invite: String(at).padStart(32, '0') as InviteId,
      role: 'editor',
      expiresAt: this.nowMs + 7 * DAY_MS,
      usesLeft: 1,
      state: 'open',
      approve: false,
      link: 'https://archipel.test/join#example',
      asked: name,
    }));
    this.tell({ kind: 'invitations', space });
    return done(undefined);
  };
  privateOutsiders = (): Promise<readonly MemberId[]> => Promise.resolve(this.outsiders);
  privateMemberships = (): Promise<readonly never[]> => Promise.resolve([]);
  dismissOutcome = (space: SpaceId): Promise<void> => {
    this.turned = undefined;
    this.tell({ kind: 'outcome', space });
    return Promise.resolve();
  };
  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(fields: Partial<Extract<SessionState, { kind: 'open' }>>): Promise<Result<void>> {
    return this.current.kind === 'open' ? this.become({ ...this.current, ...fields }) : Promise.resolve(fail('locked'));
  }
}
