/** The spaces of an open session: a replica each, made from the vault's secrets and dropped at the lock. */
import type { Clock } from '../foundation/clock.ts';
import type { SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { EnvironmentError, fail, ok, type Result } from '../foundation/result.ts';
import { signCard } from '../crypto/claims.ts';
import { identityOf } from '../crypto/recovery-keys.ts';
import { recoverySeedOf } from '../crypto/recovery-words.ts';
import type { LogStore } from '../log/log-store.ts';
import type { SpaceParent } from '../protocol/membership-op.ts';
import type { SpaceSummary } from './engine.ts';
import { foundSpace } from './founding.ts';
import type { LocalRecords } from './local-records.ts';
import { SpaceReplica, type ReplicaListener } from './space-replica.ts';
import type { SpaceSecrets } from './vault-secrets.ts';
import type { Vault } from './vault.ts';

export interface SpacesPorts {
  readonly vault: Vault;
  readonly records: LocalRecords;
  readonly store: LogStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly listenTo: (space: SpaceId) => ReplicaListener;
  /** [C2] Resolves when the first write to a chain that was there already may come. */
  readonly whenHeadKnown: (space: SpaceId) => Promise<void>;
  /** The set of spaces, or what is said of one, changed. */
  readonly onChange: () => void;
}

const NOTES_TABLE = 'engine-space-notes';

export class Spaces {
  readonly #ports: SpacesPorts;
  readonly #replicas = new Map<SpaceId, SpaceReplica>();

  constructor(ports: SpacesPorts) {
    this.#ports = ports;
  }

  async openAll(): Promise<void> {
    for (const secrets of this.#ports.vault.secrets.spaces) await this.#open(secrets);
  }

  closeAll(): void {
    this.#replicas.clear();
  }

  find(space: SpaceId): SpaceReplica | undefined {
    return this.#replicas.get(space);
  }

  all(): readonly SpaceReplica[] {
    return [...this.#replicas.values()];
  }

  /** Those that people work in: without the one of the person's own devices. */
  shown(): readonly SpaceReplica[] {
    const own = this.#ports.vault.isOpen ? this.#ports.vault.secrets.own.space : undefined;
    return this.all().filter(({ space }) => space !== own);
  }

  summaries(): readonly SpaceSummary[] {
    // Keys are saved before the genesis: a founding that was cut short in between left keys to nothing.
    const told = this.shown().filter(
      ({ secrets, governance }) => secrets.standing !== 'member' || governance.genesis !== undefined,
    );
    return told.map((replica) => replica.summary());
  }

  create(parent?: SpaceParent): Promise<Result<SpaceReplica>> {
    return this.#found((secrets) => this.add(secrets), parent);
  }

  /** The space of the person's own devices: marked as such in the same save that keeps its keys. */
  createOwn(): Promise<Result<SpaceReplica>> {
    return this.#found(async (secrets) => {
      await this.#ports.vault.update((all) => ({
        ...all,
        own: { ...all.own, space: secrets.space },
        spaces: [...all.spaces, secrets],
      }));
      return this.#open(secrets);
    });
  }

  async #found(
    keep: (secrets: SpaceSecrets) => Promise<SpaceReplica>,
    parent?: SpaceParent,
  ): Promise<Result<SpaceReplica>> {
    const { vault, random, clock } = this.#ports;
    const { secrets, genesis } = foundSpace(recoverySeedOf(vault.secrets.entropy), {
      random,
      nowMs: clock.nowMs(),
      ...(parent === undefined ? {} : { parent }),
    });
    const replica = await keep(secrets);
    const founded = await replica.found(genesis);
    if (!founded.ok) return founded;
    const named = await this.#nameSelf(replica);
    if (!named.ok) return named;
    this.#ports.onChange();
    return ok(replica);
  }

  /** Keys first: a space whose keys were lost is nobody's. */
  async add(secrets: SpaceSecrets): Promise<SpaceReplica> {
    await this.#ports.vault.update((all) => ({
      ...all,
      spaces: [...all.spaces.filter((other) => other.space !== secrets.space), secrets],
    }));
    const replica = await this.#open(secrets);
    this.#ports.onChange();
    return replica;
  }

  /** The same for the space of the person's own devices: marked as such in the same save, so that it is never told as another. */
  async addOwn(secrets: SpaceSecrets): Promise<SpaceReplica> {
    await this.#ports.vault.update((all) => ({
      ...all,
      own: { ...all.own, space: secrets.space },
      spaces: [...all.spaces.filter((other) => other.space !== secrets.space), secrets],
    }));
    const replica = await this.#open(secrets);
    this.#ports.onChange();
    return replica;
  }

  async forget(space: SpaceId): Promise<Result<void>> {
    if (!this.#replicas.has(space)) return fail('wrong-space');
    await this.#replicas.get(space)?.writer.settled();
    this.#replicas.delete(space);
    await this.#ports.vault.update((all) => ({
      ...all,
      spaces: all.spaces.filter((other) => other.space !== space),
      invites: all.invites.filter((made) => made.space !== space),
    }));
    await this.#ports.store.erase(space);
    await this.#ports.records.delete(NOTES_TABLE, space);
    this.#ports.onChange();
    return ok(undefined);
  }

  /** What a founding that was cut short left undone. */
  async nameUnnamed(): Promise<void> {
    for (const replica of this.all()) {
      const card = replica.state.member(replica.secrets.member)?.card;
      if (replica.isReady && card === undefined) await this.#nameSelf(replica);
    }
  }

  /** The person's name in every space where it differs from the card. */
  async renameSelf(): Promise<void> {
    for (const replica of this.all()) if (replica.isReady) await this.#nameSelf(replica);
  }

  async #nameSelf(replica: SpaceReplica): Promise<Result<void>> {
    const { entropy, name } = this.#ports.vault.secrets;
    const { space, member } = replica.secrets;
    const identity = identityOf(recoverySeedOf(entropy));
    const before = replica.state.member(member)?.card;
    const isSame = before?.name === name && before.identity === identity.identity;
    if (name === '' || isSame) return ok(undefined);
    const card = signCard({ space, memberId: member }, name, identity);
    const written = await replica.writer.operate({ op: 'card.set', card });
    return written.ok ? ok(undefined) : written;
  }

  async #open(secrets: SpaceSecrets): Promise<SpaceReplica> {
    const { records, store, random, clock, listenTo, whenHeadKnown } = this.#ports;
    const ports = {
      store,
      random,
      clock,
      loadNotes: (name: string) => records.find(NOTES_TABLE, name),
      saveNotes: (name: string, notes: Uint8Array) => records.put(NOTES_TABLE, name, notes),
      whenHeadKnown: () => whenHeadKnown(secrets.space),
    };
    const replica = new SpaceReplica(secrets, ports, listenTo(secrets.space));
    await replica.load();
    if (!this.#ports.vault.isOpen) throw new EnvironmentError('locked');
    this.#replicas.set(secrets.space, replica);
    return replica;
  }
}
