/**
 * Where the two branches of a chain part. A witness shows it when it follows an entry that the log holds; else more of
 * the other branch is asked for, going back, until one does.
 */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import type { LogStore } from '../log/log-store.ts';
import type { OnFault } from './turns.ts';

export interface ForkSearchPorts {
  readonly store: LogStore;
  /** Asks everyone reachable for entries of a chain. */
  readonly want: (space: SpaceId, device: DeviceId, range: readonly [number, number]) => void;
  readonly onPlaced: (place: {
    readonly space: SpaceId;
    readonly device: DeviceId;
    readonly seq: number;
  }) => Promise<void>;
  readonly onFault: OnFault;
}

/** As many entries of the other branch are asked for at once. */
const STEP_BACK = 256;

export class ForkSearch {
  readonly #ports: ForkSearchPorts;
  /** The lowest place asked for in this session. */
  readonly #asked = new Map<string, number>();

  constructor(ports: ForkSearchPorts) {
    this.#ports = ports;
  }

  /** Tells the place of a fork once it is known, and goes on looking until then. */
  place(space: SpaceId, witness: VerifiedEnvelope): void {
    const { author: device, seq } = witness.header;
    this.find(space, witness)
      .then((place) =>
        place === undefined ? this.goOn(space, device, seq) : this.#ports.onPlaced({ space, device, seq: place }),
      )
      .catch((fault: unknown) => this.#ports.onFault(fault));
  }

  /** The seq of the first entry in which the branches differ, if the witness shows it. */
  async find(space: SpaceId, { header }: VerifiedEnvelope): Promise<number | undefined> {
    const { author, seq, prev } = header;
    if (seq === 0) return 0;
    const [before] = await this.#ports.store.read(space, { by: 'author', author, fromSeq: seq - 1, limit: 1 });
    return before?.seq === seq - 1 && before.id === prev ? seq : undefined;
  }

  /** Asks for what stands before `seq`, unless it was asked for already. */
  goOn(space: SpaceId, device: DeviceId, seq: number): void {
    const key = `${space}/${device}`;
    if (seq > (this.#asked.get(key) ?? Infinity)) return;
    const from = Math.max(0, seq - STEP_BACK);
    this.#asked.set(key, from);
    this.#ports.want(space, device, [from, seq - 1]);
  }

  /** The same from the end of the chain, whatever was asked for. */
  async again(space: SpaceId, device: DeviceId): Promise<void> {
    this.#asked.delete(`${space}/${device}`);
    const head = (await this.#ports.store.heads(space)).get(device)?.seq ?? 0;
    this.goOn(space, device, head + 1);
  }

  forget(): void {
    this.#asked.clear();
  }
}
