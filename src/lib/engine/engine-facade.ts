/** The contract, method by method: is the session open, which space, which part does it. No decision is made here. */
import { actorIdOf } from '../crypto/actor.ts';
import { parseRecoveryWords } from '../crypto/recovery-words.ts';
import { concatBytes } from '../foundation/bytes.ts';
import type { ActorId, DeviceId, DocumentId, EnvelopeId, InviteId, MemberId, SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import { checkBundle } from '../protocol/bundle.ts';
import type { Role } from '../protocol/membership-op.ts';
import { exportBundle, importBundle, type BundleReport } from '../sync/bundle.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EnginePorts } from './engine-ports.ts';
import type {
  ActorLease,
  Engine,
  EngineEvent,
  InvitationView,
  Language,
  MemberView,
  OpenedEntry,
  Protection,
  SessionState,
  SpaceSummary,
  SyncStatus,
} from './engine.ts';
import type { SpaceReplica } from './space-replica.ts';
import { newSecrets } from './vault-secrets.ts';
import { NO_WAYS_BACK } from './ways-back/ways-back-secrets.ts';

const ENTROPY_BYTES = 16;

export class EngineFacade implements Partial<Engine> {
  readonly #parts: EngineParts;
  readonly #ports: EnginePorts;

  constructor(parts: EngineParts, ports: EnginePorts) {
    this.#parts = parts;
    this.#ports = ports;
  }

  session(): Promise<SessionState> {
    return this.#parts.session.state();
  }

  async setUp({
    protection,
    language,
    name,
  }: {
    readonly protection: Protection;
    readonly language: Language;
    readonly name: string;
  }): Promise<Result<void>> {
    const entropy = this.#ports.random.bytes(ENTROPY_BYTES);
    const created = await this.#parts.session.create(
      { ...newSecrets(entropy, language), name: name.trim(), relayUrl: this.#ports.relayUrl ?? '' },
      protection,
    );
    if (created.ok) await this.#parts.own.space.ensure();
    return created;
  }

  unlock(passphrase: string): Promise<Result<void>> {
    return this.#parts.session.unlock(passphrase);
  }

  lock(): Promise<void> {
    return this.#parts.session.lock();
  }

  setProtection(protection: Protection): Promise<Result<void>> {
    return this.#parts.session.protect(protection);
  }

  async setName(name: string): Promise<Result<void>> {
    const changed = await this.#parts.session.setName(name);
    if (changed.ok) await this.#parts.spaces.renameSelf();
    return changed;
  }

  setAutoLock(minutes: number): Promise<Result<void>> {
    return this.#parts.session.setAutoLock(minutes);
  }

  setRelay(url: string): Promise<Result<void>> {
    this.#parts.memory.useRelay(url.trim());
    return this.#parts.session.update((secrets) => ({ ...secrets, relayUrl: url.trim() }));
  }

  touch(): Promise<void> {
    this.#parts.session.lockIfOverdue();
    this.#parts.session.touch();
    return Promise.resolve();
  }

  async recoveryWords(passphrase: string | undefined): Promise<Result<readonly string[]>> {
    const confirmed = await this.#parts.session.confirm(passphrase);
    return confirmed.ok ? ok(this.#parts.recovery.words()) : confirmed;
  }

  confirmWords(answers: readonly { readonly index: number; readonly word: string }[]): Promise<Result<void>> {
    return this.#parts.session.isOpen ? this.#parts.recovery.confirm(answers) : Promise.resolve(fail('locked'));
  }

  async restore({
    words,
    protection,
    relayUrl,
  }: {
    readonly words: string;
    readonly protection: Protection;
    readonly relayUrl: string;
  }): Promise<Result<{ readonly spaces: readonly SpaceId[] }>> {
    const parsed = parseRecoveryWords(words);
    if (!parsed.ok) return parsed;
    const secrets = newSecrets(parsed.value.entropy, parsed.value.language);
    const waysBack = { ...NO_WAYS_BACK, rehearsedAt: this.#ports.clock.nowMs() };
    const created = await this.#parts.session.create(
      { ...secrets, relayUrl: relayUrl.trim(), areWordsConfirmed: true, isRestored: true, waysBack },
      protection,
    );
    return created.ok ? ok({ spaces: await this.#parts.recovery.awaitList() }) : created;
  }

  async createSpace(): Promise<Result<SpaceSummary>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    const created = await this.#parts.spaces.create();
    if (!created.ok) return created;
    this.#parts.onNewSpace(created.value);
    return ok(created.value.summary());
  }

  spaces(): Promise<readonly SpaceSummary[]> {
    return Promise.resolve(this.#parts.spaces.summaries());
  }

  forgetSpace(space: SpaceId): Promise<Result<void>> {
    return this.#parts.session.isOpen ? this.#parts.forgetSpace(space) : Promise.resolve(fail('locked'));
  }

  members(space: SpaceId): Promise<readonly MemberView[]> {
    return Promise.resolve(this.#parts.spaces.find(space)?.members() ?? []);
  }

  setRole(space: SpaceId, member: MemberId, role: Role): Promise<Result<void>> {
    return this.#in(space, (replica) => {
      // [I6] Nobody is given a role in the belief that they are somebody else.
      if (this.#parts.trust.contacts.isMemberDoubtful(space, member)) return Promise.resolve(fail('contact-changed'));
      return this.#parts.people.setRole(replica, member, role);
    });
  }

  removeMember(space: SpaceId, member: MemberId): Promise<Result<void>> {
    return this.#in(space, (replica) => this.#parts.people.remove(replica, member));
  }

  leave(space: SpaceId): Promise<Result<void>> {
    return this.#in(space, (replica) => this.#parts.people.leave(replica));
  }

  invite(
    space: SpaceId,
    options: { readonly role: Role; readonly days: number; readonly maxUses: number; readonly approve?: boolean },
  ): Promise<Result<InvitationView>> {
    return this.#in(space, (replica) => this.#parts.invitations.make(replica, options));
  }

  invitations(space: SpaceId): Promise<readonly InvitationView[]> {
    const replica = this.#parts.spaces.find(space);
    return Promise.resolve(replica === undefined ? [] : this.#parts.invitations.list(replica));
  }

  revokeInvitation(space: SpaceId, invite: InviteId): Promise<Result<void>> {
    return this.#in(space, (replica) => this.#parts.invitations.revoke(replica, invite));
  }

  async acceptInvitation(link: string, name: string): Promise<Result<SpaceId>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    if (name.trim() !== '') await this.#parts.session.setName(name);
    return this.#parts.joining.accept(link);
  }

  append(entry: {
    readonly space: SpaceId;
    readonly document: DocumentId;
    readonly type: 'update' | 'snapshot';
    readonly body: Uint8Array;
    readonly coversPosition?: number;
  }): Promise<Result<{ readonly id: EnvelopeId; readonly position: number }>> {
    return this.#in(entry.space, async (replica) => {
      if (this.#parts.leases.isRevoked(entry.space, entry.document))
        return fail('chain-fork', 'the actor of other keys');
      const appended = await replica.append(entry);
      return appended.ok ? ok({ id: appended.value.id, position: appended.value.position }) : appended;
    });
  }

  async entries(space: SpaceId, document: DocumentId, afterPosition: number): Promise<readonly OpenedEntry[]> {
    return (await this.#parts.spaces.find(space)?.entries(document, afterPosition)) ?? [];
  }

  leaseActor(space: SpaceId, document: DocumentId): Promise<Result<ActorLease>> {
    return this.#in(space, (replica) => {
      const generation = this.#parts.leases.lease(space, document);
      return Promise.resolve(ok({ actor: actorIdOf(replica.secrets.device, document, generation), generation }));
    });
  }

  releaseActor(space: SpaceId, document: DocumentId, generation: number): Promise<void> {
    this.#parts.leases.release(space, document, generation);
    return Promise.resolve();
  }

  actorOf(author: DeviceId, document: DocumentId, generation: number): Promise<ActorId> {
    return Promise.resolve(actorIdOf(author, document, generation));
  }

  async voidEntry(space: SpaceId, id: EnvelopeId): Promise<void> {
    await this.#parts.spaces.find(space)?.voidEntry(id);
  }

  async putLocal(table: string, key: string, body: Uint8Array): Promise<Result<void>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    await this.#parts.records.put(localTable(table), key, body);
    return ok(undefined);
  }

  async getLocal(table: string, key: string): Promise<Uint8Array | undefined> {
    return this.#parts.session.isOpen ? this.#parts.records.find(localTable(table), key) : undefined;
  }

  async deleteLocal(table: string, key: string): Promise<void> {
    if (this.#parts.session.isOpen) await this.#parts.records.delete(localTable(table), key);
  }

  sendPresence(space: SpaceId, document: DocumentId, session: string, body: Uint8Array): Promise<void> {
    const replica = this.#parts.spaces.find(space);
    const bytes =
      replica?.isReady === true ? this.#parts.presence.seal(replica, { document, session, body }) : undefined;
    if (bytes !== undefined) this.#parts.links.sendEphemeral(bytes);
    return Promise.resolve();
  }

  syncStatus(): Promise<readonly SyncStatus[]> {
    return this.#parts.syncStatuses();
  }

  syncNow(): Promise<void> {
    this.#parts.links.compareNow();
    return Promise.resolve();
  }

  exportBundle(space: SpaceId): Promise<Result<Uint8Array>> {
    return this.#in(space, async (replica) => {
      await replica.writer.settled();
      return ok(concatBytes(...(await exportBundle(this.#parts.bundlePorts, space))));
    });
  }

  async importBundle(bytes: Uint8Array): Promise<Result<BundleReport>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    // Said of a cut file: "it changed nothing".
    const whole = checkBundle(bytes);
    return whole.ok ? importBundle(this.#parts.bundlePorts, [bytes]) : whole;
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    return this.#parts.events.subscribe(listener);
  }

  #in<T>(space: SpaceId, work: (replica: SpaceReplica) => Promise<Result<T>>): Promise<Result<T>> {
    if (!this.#parts.session.isOpen) return Promise.resolve(fail('locked'));
    const replica = this.#parts.spaces.find(space);
    return replica === undefined ? Promise.resolve(fail('wrong-space')) : work(replica);
  }
}

/** The documents side's tables never meet the engine's own. */
function localTable(table: string): string {
  return `app-${table}`;
}
