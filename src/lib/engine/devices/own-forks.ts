/**
 * [C2] A fork of this device's own chain: it was set back to an earlier copy of itself, or copied. The place where the two
 * branches part is looked for at once; new keys are taken when the person says so. The device then comes in again as a
 * restored one does, by another device of the person or the recovery device, and puts its old keys out. What stood on the
 * branch that others do not hold is kept as lost work. Every step may be cut short and is taken again.
 */
import type { DeviceId, DocumentId, SpaceId } from '../../foundation/ids.ts';
import type { Random } from '../../foundation/random.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { VerifiedEnvelope } from '../../crypto/envelope-seal.ts';
import { kemKeyPairFromSeed } from '../../crypto/kem.ts';
import type { LogStore, StoredEntry } from '../../log/log-store.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { OpenedEntry } from '../engine.ts';
import type { ForkSearch } from '../fork-search.ts';
import type { LocalRecords } from '../local-records.ts';
import type { People } from '../people.ts';
import type { PersonalRecords } from '../personal/personal-records.ts';
import type { PersonalSpace } from '../personal/personal-space.ts';
import { recoveryContextOf } from '../relay-standing.ts';
import type { SpaceReplica } from '../space-replica.ts';
import type { Spaces } from '../spaces.ts';
import { LETTERS_DOCUMENT } from '../stewardship/private-spaces.ts';
import { Turns, type OnFault } from '../turns.ts';
import type { OwnFork, SpaceSecrets } from '../vault-secrets.ts';
import type { Vault } from '../vault.ts';
import { restoringSecrets, type Recovery } from '../ways-back/recovery.ts';
import { askingKey, ASKING_TABLE, encodeAsking } from './device-records.ts';
import { LostWorkShelf, type LostWork } from './lost-work.ts';

export interface OwnForksPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly store: LogStore;
  readonly records: LocalRecords;
  readonly personal: PersonalRecords;
  readonly ownSpace: PersonalSpace;
  readonly people: People;
  readonly recovery: Recovery;
  readonly random: Random;
  readonly events: EngineEvents;
  readonly search: ForkSearch;
  /** The space stands under other keys from now on: links prove themselves anew, actors are leased anew. */
  readonly onRenewed: (replica: SpaceReplica) => void;
  readonly arePeersLevel: (space: SpaceId) => boolean;
  readonly onNewProof: () => void;
  readonly onFault: OnFault;
}

const PAGE = 512;

export class OwnForks {
  readonly #ports: OwnForksPorts;
  readonly #turns = new Turns();
  readonly #shelf: LostWorkShelf;
  /** Spaces in which peers know this device by keys that are put out. */
  readonly #unproven = new Set<SpaceId>();

  constructor(ports: OwnForksPorts) {
    this.#ports = ports;
    this.#shelf = new LostWorkShelf(ports.records);
  }

  get isOpen(): boolean {
    return this.#ports.vault.isOpen;
  }

  start(): void {
    for (const replica of this.#ports.spaces.all()) this.#carryOn(replica);
  }

  stop(): void {
    this.#ports.search.forget();
    this.#unproven.clear();
  }

  /** A peer that has not heard of the new keys would not know them: it is told on the link that it has, then meets them. */
  onLinks(): void {
    if (this.#unproven.size === 0 || ![...this.#unproven].every((space) => this.#ports.arePeersLevel(space))) return;
    this.#unproven.clear();
    this.#ports.onNewProof();
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  /** Another entry than the one held stands at the witness's place, or before it. */
  note(space: SpaceId, witness: VerifiedEnvelope): void {
    this.#run(async () => {
      const replica = this.#ports.spaces.find(space);
      const device = witness.header.author;
      if (replica?.secrets.device !== device || replica.secrets.standing !== 'member') return;
      const known = replica.secrets.fork;
      if (known?.seq !== undefined) return;
      const seq = await this.#ports.search.find(space, witness);
      if (known === undefined || seq !== undefined) await this.#save(replica, { device, seq });
      if (seq === undefined) this.#ports.search.goOn(space, device, witness.header.seq);
      else this.#carryOn(replica);
    });
  }

  /** The person chose to go on: `nothing-waiting` where nothing forked, `fork-unplaced` until the place is known. */
  renew(space: SpaceId): Promise<Result<void>> {
    return this.#turns.run(() => this.#renew(space));
  }

  /**
   * The words that this device knows may have been replaced by others since: their recovery device lets nobody in. Then the
   * old keys do it themselves, at the end of the chain that the others hold.
   */
  advance({ secrets, state, governance }: SpaceReplica): void {
    const old = secrets.fork?.old;
    if (secrets.standing !== 'restoring' || old === undefined || secrets.device === old.device) return;
    if (governance.genesis === undefined || state.isActiveDevice(secrets.device)) return;
    if (state.isActiveDevice(old.device))
      this.#run(async () => {
        await this.#open({ ...secrets, ...old });
      });
  }

  /** A device that came in again: the keys it had are put out. */
  onReady(replica: SpaceReplica): void {
    this.#carryOn(replica);
  }

  lostWork(space: SpaceId): Promise<readonly LostWork[]> {
    return this.#shelf.list(space);
  }

  /** What makes the document as it stood on the lost branch: all that came from elsewhere, then what was lost. */
  async lostEntries(space: SpaceId, device: DeviceId, document: DocumentId): Promise<readonly OpenedEntry[]> {
    const replica = this.#ports.spaces.find(space);
    const lost = await this.#shelf.find(space, device, document);
    if (replica === undefined || lost === undefined) return [];
    const shared = await replica.entriesWithout(document, { device, fromSeq: lost.fromSeq });
    const last = shared.at(-1)?.position ?? 0;
    return [...shared, ...lost.entries.map((entry, i) => ({ ...entry, position: last + 1 + i }))];
  }

  async dropLostWork(space: SpaceId, device: DeviceId, document: DocumentId): Promise<void> {
    await this.#shelf.drop(space, device, document);
    this.#ports.events.emit({ kind: 'lost-work', space });
  }

  forgetSpace(space: SpaceId): Promise<void> {
    return this.#shelf.forgetSpace(space);
  }

  #carryOn(replica: SpaceReplica): void {
    const { space, secrets } = replica;
    const { fork, device, standing } = secrets;
    if (fork === undefined) return;
    if (standing === 'restoring') this.#run(() => this.#cut(space, fork));
    else if (device !== fork.device) this.#run(() => this.#putOut(space));
    // Of the space of the person's own devices no work is lost: its words are told again.
    else if (fork.seq !== undefined && this.#ports.ownSpace.isOwn(space))
      this.#run(async () => {
        await this.#renew(space);
      });
  }

  async #renew(space: SpaceId): Promise<Result<void>> {
    const { vault, spaces, random, ownSpace } = this.#ports;
    const replica = spaces.find(space);
    const fork = replica?.secrets.fork;
    if (replica === undefined || fork === undefined || !replica.isForked) return fail('nothing-waiting');
    if (fork.seq === undefined) {
      await this.#ports.search.again(space, fork.device);
      return fail('fork-unplaced');
    }
    const context = recoveryContextOf(replica);
    if (context === undefined) return fail('unknown-membership');
    const { member, device, sign, kem } = replica.secrets;
    const old = { device, sign, kem };
    const coming = restoringSecrets(vault.secrets.entropy, { space, member, relay: '', context }, random);
    await replica.stop();
    if (ownSpace.isOwn(space)) await ownSpace.tellAllAgain(space);
    else await this.#keep(replica, { device: fork.device, fromSeq: fork.seq });
    await this.#cut(space, fork);
    const again = await this.#open({ ...coming, fork: { ...fork, old } });
    await this.#ask(again, fork.device, coming.fresh);
    this.advance(again);
    this.#ports.events.emit({ kind: 'lost-work', space });
    return ok(undefined);
  }

  async #keep(replica: SpaceReplica, branch: { readonly device: DeviceId; readonly fromSeq: number }): Promise<void> {
    const lost: OpenedEntry[] = [];
    for (let fromSeq = branch.fromSeq; ;) {
      const page = await this.#readOwn(replica.space, branch.device, fromSeq);
      lost.push(...replica.openOwn(page).filter(({ document }) => document !== LETTERS_DOCUMENT));
      const last = page.at(-1);
      if (last === undefined) break;
      fromSeq = last.seq + 1;
    }
    await this.#shelf.keep(replica.space, branch, lost);
  }

  async #open(secrets: SpaceSecrets): Promise<SpaceReplica> {
    const { spaces, ownSpace, onRenewed } = this.#ports;
    const replica = await (ownSpace.isOwn(secrets.space) ? spaces.addOwn(secrets) : spaces.add(secrets));
    onRenewed(replica);
    return replica;
  }

  #readOwn(space: SpaceId, author: DeviceId, fromSeq: number): Promise<readonly StoredEntry[]> {
    return this.#ports.store.read(space, { by: 'author', author, fromSeq, limit: PAGE });
  }

  async #cut(space: SpaceId, { device, seq }: OwnFork): Promise<void> {
    if (seq !== undefined) await this.#ports.store.cut(space, device, seq);
  }

  /** Another own device that is in adds this one, as it adds any; the recovery device does where there is none. */
  async #ask(
    { space, state, secrets }: SpaceReplica,
    forked: DeviceId,
    fresh: { readonly device: DeviceId; readonly kem: Parameters<typeof kemKeyPairFromSeed>[0] },
  ): Promise<void> {
    const { ownSpace, personal, recovery } = this.#ports;
    const others = (state.member(secrets.member)?.devices ?? []).filter(
      (id) => id !== forked && state.isActiveDevice(id) && state.device(id)?.isRecovery === false,
    );
    if (others.length === 0 || ownSpace.isOwn(space)) return;
    recovery.expectAddition([space]);
    const asking = { space, device: fresh.device, kem: kemKeyPairFromSeed(fresh.kem).publicKey };
    await personal.put(ASKING_TABLE, askingKey(asking), encodeAsking(asking));
  }

  async #putOut(space: SpaceId): Promise<void> {
    const { spaces, people } = this.#ports;
    const replica = spaces.find(space);
    const fork = replica?.secrets.fork;
    if (replica?.isReady !== true || fork === undefined || fork.device === replica.secrets.device) return;
    const removed = await people.removeDevice(replica, fork.device);
    if (!removed.ok) return;
    this.#unproven.add(space);
    await this.#save(replica, undefined);
  }

  async #save(replica: SpaceReplica, fork: OwnFork | undefined): Promise<void> {
    const { vault, events, spaces } = this.#ports;
    const secrets = replica.noteFork(fork);
    await vault.update((all) => ({
      ...all,
      spaces: all.spaces.map((each) => (each.space === secrets.space ? secrets : each)),
    }));
    events.emit({ kind: 'spaces', spaces: spaces.summaries() });
  }

  #run(task: () => Promise<void>): void {
    this.#turns.detach(async () => {
      if (this.#ports.vault.isOpen) await task();
    }, this.#ports.onFault);
  }
}
