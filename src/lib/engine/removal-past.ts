/**
 * [S5] What a device that was put out may still be served, so that it learns of it: the word of its removal and what that
 * word rests on. These are the operations its author knew, the epochs they are sealed under with this device's boxes, and,
 * since chains are dense, what stands before them in the same chains. Nobody who wrote any of it knew of the removal.
 */
import type { DeviceId, EnvelopeId, EpochId } from '../foundation/ids.ts';
import { openClear } from '../crypto/envelope-seal.ts';
import type { StoredEntry } from '../log/log-store.ts';
import type { MembershipHistory } from '../membership/membership-history.ts';
import type { MembershipState } from '../membership/membership-state.ts';
import { decodeKeybox } from '../protocol/keybox.ts';
import type { RemovalPast } from '../sync/portion.ts';
import type { Branches } from './branches.ts';
import type { Governance } from './governance.ts';
import { heldEnvelope } from './held-envelope.ts';

export interface SpaceRecords {
  readonly governance: Governance;
  readonly branches: Pick<Branches, 'find'>;
}

/** Of every device that is out, kept until membership changes: it is asked for with each frame of each link. */
export class RemovalPasts {
  readonly #space: SpaceRecords;
  readonly #readRecords: () => Promise<readonly StoredEntry[]>;
  readonly #pasts = new Map<DeviceId, Promise<RemovalPast | undefined>>();
  #state: MembershipState | undefined;

  constructor(space: SpaceRecords, readRecords: () => Promise<readonly StoredEntry[]>) {
    this.#space = space;
    this.#readRecords = readRecords;
  }

  of(device: DeviceId): Promise<RemovalPast | undefined> {
    const state = this.#space.governance.history.current();
    if (this.#state !== state) this.#pasts.clear();
    this.#state = state;
    const known = this.#pasts.get(device);
    if (known !== undefined) return known;
    const past = pastOfRemoval(device, this.#space, this.#readRecords);
    this.#pasts.set(device, past);
    past.catch(() => this.#pasts.delete(device));
    return past;
  }
}

/** Undefined where nothing says that the device was put out. `readRecords`: all that is stored about the space itself. */
async function pastOfRemoval(
  device: DeviceId,
  space: SpaceRecords,
  readRecords: () => Promise<readonly StoredEntry[]>,
): Promise<RemovalPast | undefined> {
  const words = wordsAgainst(device, space.governance.history);
  if (words.length === 0) return undefined;
  const past = new Past(device, space, await readRecords());
  for (const word of words) past.addOperation(word);
  return { device, upTo: past.close() };
}

/** The operations that put the device out, without those whose author knew of another one. */
export function wordsAgainst(device: DeviceId, history: MembershipHistory): readonly EnvelopeId[] {
  const { graph } = history;
  const state = history.current();
  const known = state.device(device);
  if (known?.isActive === true) return [];
  const words = new Set<EnvelopeId>();
  for (const { by, role } of known?.revocations ?? []) if (role === undefined) words.add(by);
  if (known === undefined) for (const by of admissionsOf(device, history)) addCause(by);
  return [...words].filter((word) => ![...words].some((other) => other !== word && graph.isKnownAt(other, [word])));

  /** An admission that came to nothing: because of what removed whom it rested on. */
  function addCause(admission: EnvelopeId): void {
    const seen = new Set<EnvelopeId>();
    for (let id: EnvelopeId | undefined = admission; id !== undefined && !seen.has(id);) {
      seen.add(id);
      const voided = state.voids.get(id);
      if (voided === undefined) {
        if (id !== admission) words.add(id);
        return;
      }
      id = voided.by;
    }
  }
}

function admissionsOf(device: DeviceId, { graph }: MembershipHistory): readonly EnvelopeId[] {
  return graph.nodes().flatMap(({ entry: { id, record } }) => {
    const { operation } = record;
    if (operation.op === 'device.add') return operation.keys.device === device ? [id] : [];
    if (operation.op !== 'admit') return [];
    const { keys, recovery } = operation.claim;
    return keys.device === device || recovery?.device === device ? [id] : [];
  });
}

/** Grows until everything in it can be judged and opened. */
class Past {
  readonly #device: DeviceId;
  readonly #governance: Governance;
  readonly #branches: SpaceRecords['branches'];
  readonly #records: readonly StoredEntry[];
  readonly #upTo = new Map<DeviceId, number>();
  readonly #epochs = new Set<EpochId>();
  #boxes: ReadonlyMap<EpochId, readonly StoredEntry[]> | undefined;

  constructor(device: DeviceId, { governance, branches }: SpaceRecords, records: readonly StoredEntry[]) {
    this.#device = device;
    this.#governance = governance;
    this.#branches = branches;
    this.#records = records;
  }

  addOperation(id: EnvelopeId): void {
    // What stands on another branch than the log's was told later than it was signed, perhaps by who knew of the removal.
    for (const operation of this.#governance.history.graph.past(id)) {
      if (this.#branches.find(operation.id) === undefined) this.#cover(operation.author, operation.seq);
    }
  }

  close(): ReadonlyMap<DeviceId, number> {
    for (let size = -1; size !== this.#size();) {
      size = this.#size();
      for (const { author, seq, bytes, id } of this.#records) {
        if (seq > (this.#upTo.get(author) ?? -1)) continue;
        const { flags, epoch } = heldEnvelope({ bytes, id }).header;
        if (!flags.clear) this.#addEpoch(epoch);
      }
    }
    return this.#upTo;
  }

  #addEpoch(id: EpochId): void {
    if (this.#epochs.has(id)) return;
    this.#epochs.add(id);
    const epoch = this.#governance.keys.findEpoch(id);
    if (epoch === undefined) return;
    if (epoch.chain === epoch.author) this.#cover(epoch.author, epoch.seq);
    for (const head of epoch.mheads) this.addOperation(head);
    for (const parent of epoch.parents) this.#addEpoch(parent);
    const boxes = this.#boxesOf(id);
    if (boxes.some(({ author, seq }) => seq <= (this.#upTo.get(author) ?? -1))) return;
    const [first] = boxes;
    if (first !== undefined) this.#cover(first.author, first.seq);
  }

  #boxesOf(epoch: EpochId): readonly StoredEntry[] {
    this.#boxes ??= boxesFor(this.#device, this.#records);
    return this.#boxes.get(epoch) ?? [];
  }

  #cover(author: DeviceId, seq: number): void {
    this.#upTo.set(author, Math.max(seq, this.#upTo.get(author) ?? -1));
  }

  #size(): number {
    return [...this.#upTo.values()].reduce((sum, seq) => sum + seq + 1, 0);
  }
}

/** Oldest first. */
function boxesFor(device: DeviceId, records: readonly StoredEntry[]): ReadonlyMap<EpochId, readonly StoredEntry[]> {
  const boxes = new Map<EpochId, StoredEntry[]>();
  for (const entry of records) {
    if (entry.type !== 'keybox') continue;
    const payload = openClear(heldEnvelope(entry));
    const box = payload.ok ? decodeKeybox(payload.value.body) : payload;
    if (!box.ok || box.value.recipient !== device) continue;
    boxes.set(box.value.epoch, [...(boxes.get(box.value.epoch) ?? []), entry]);
  }
  return boxes;
}
