/** What every link asks of this device: its logs, a place for what arrives, and proofs of its keys [S5]. */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import { isAuthValid, isRelayProofValid, signAuth } from '../crypto/auth.ts';
import { verifyEnvelope, type VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import type { ChainState, LogStore, StoredEntry } from '../log/log-store.ts';
import type { Portion } from '../sync/portion.ts';
import type { Challenge, DeviceProof, LinkProof, LinkView, OfferOutcome, SyncHost } from '../sync/sync-host.ts';
import { spaceOfEnvelope } from './held-envelope.ts';
import type { IntakeOutcome } from './intake.ts';
import type { RelayStanding } from './relay-standing.ts';
import type { Spaces } from './spaces.ts';

export interface HostPorts {
  readonly store: LogStore;
  readonly spaces: Spaces;
  readonly standing: RelayStanding;
  readonly onStored: (space: SpaceId, from: LinkView) => void;
  readonly onHeld: (
    held: { readonly space: SpaceId; readonly device: DeviceId; readonly seq: number },
    by: LinkView,
  ) => void;
  readonly onEphemeral: (bytes: Uint8Array) => void;
}

export class EngineHost implements SyncHost, LinkProof {
  readonly #ports: HostPorts;

  constructor(ports: HostPorts) {
    this.#ports = ports;
  }

  spaces(): Promise<readonly SpaceId[]> {
    return Promise.resolve(this.#ports.spaces.all().map((replica) => replica.space));
  }

  frontier(space: SpaceId): Promise<ReadonlyMap<DeviceId, ChainState>> {
    return this.#ports.store.heads(space);
  }

  read(space: SpaceId, author: DeviceId, fromSeq: number, limit: number): Promise<readonly StoredEntry[]> {
    return this.#ports.store.read(space, { by: 'author', author, fromSeq, limit });
  }

  async offer(envelopes: readonly Uint8Array[], from: LinkView): Promise<readonly OfferOutcome[]> {
    const outcomes: OfferOutcome[] = [];
    const bySpace = new Map<SpaceId, { readonly at: number; readonly envelope: VerifiedEnvelope }[]>();
    envelopes.forEach((bytes, at) => {
      const verified = verifyEnvelope(bytes);
      if (!verified.ok) {
        outcomes[at] = { kind: 'refused', code: verified.error.code };
        return;
      }
      const space = spaceOfEnvelope(verified.value);
      bySpace.set(space, [...(bySpace.get(space) ?? []), { at, envelope: verified.value }]);
    });
    for (const [space, offered] of bySpace) {
      const results = await this.#offerTo(
        space,
        offered.map(({ envelope }) => envelope),
      );
      offered.forEach(({ at, envelope }, i) => {
        outcomes[at] = outcomeOf(space, envelope, results[i] ?? { kind: 'gap' });
      });
      if (results.some((result) => result.kind === 'stored')) this.#ports.onStored(space, from);
    }
    return outcomes;
  }

  onHeld(held: { readonly space: SpaceId; readonly device: DeviceId; readonly seq: number }, by: LinkView): void {
    this.#ports.onHeld(held, by);
  }

  onEphemeral(bytes: Uint8Array): void {
    this.#ports.onEphemeral(bytes);
  }

  prove(challenge: Challenge): Promise<DeviceProof | undefined> {
    const replica = this.#ports.spaces.find(challenge.space);
    if (replica === undefined) return Promise.resolve(undefined);
    const keys = this.#ports.standing.keysOf(replica);
    return Promise.resolve({ device: keys.device, signature: signAuth(challenge, keys) });
  }

  async verify(challenge: Challenge, proof: DeviceProof): Promise<boolean> {
    if (!isAuthValid(challenge, proof.device, proof.signature)) return false;
    return (await this.portionOf(challenge.space, proof.device)) !== 'nothing';
  }

  /** A newcomer cannot know yet who is active; it holds nothing but what others gave it. */
  async portionOf(space: SpaceId, device: DeviceId): Promise<Portion> {
    const replica = this.#ports.spaces.find(space);
    if (replica === undefined || replica.secrets.device === device) return 'nothing';
    if (replica.secrets.standing !== 'member' || replica.state.isActiveDevice(device)) return 'all';
    return (await replica.pastOfRemoval(device)) ?? 'nothing';
  }

  verifyRelay(
    relay: { readonly origin: string; readonly key: Uint8Array },
    nonce: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    return Promise.resolve(isRelayProofValid(relay, nonce, signature));
  }

  async #offerTo(space: SpaceId, envelopes: readonly VerifiedEnvelope[]): Promise<readonly IntakeOutcome[]> {
    const replica = this.#ports.spaces.find(space);
    if (replica === undefined) return envelopes.map(() => ({ kind: 'refused', code: 'wrong-space' }));
    return replica.offer(envelopes);
  }
}

function outcomeOf(space: SpaceId, { header, id }: VerifiedEnvelope, result: IntakeOutcome): OfferOutcome {
  const { author, seq } = header;
  if (result.kind === 'stored' || result.kind === 'known') return { kind: result.kind, space, author, seq, id };
  if (result.kind === 'refused') return { kind: 'refused', code: result.code, chain: { space, author } };
  return { kind: result.kind, space, author };
}
