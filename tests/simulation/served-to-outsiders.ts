/**
 * [S5] What a device sends to one that it holds to be out: nothing that stands outside the past of the removal. Checked
 * after each step for whoever was out before it and after it, by the same words, with a past that is built from the disk.
 */
import { openClear } from '../../src/lib/crypto/envelope-seal.ts';
import { heldEnvelope } from '../../src/lib/engine/held-envelope.ts';
import { wordsAgainst } from '../../src/lib/engine/removal-past.ts';
import { replicaOfDisk } from '../../src/lib/engine/stolen-keys.fixture.ts';
import type { DeviceId, EnvelopeId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { decodeEpochOp } from '../../src/lib/protocol/epoch-op.ts';
import { decodeFrame } from '../../src/lib/protocol/frames.ts';
import { decodeKeybox } from '../../src/lib/protocol/keybox.ts';
import { headerOf } from '../../src/lib/sync/envelope-intake.ts';
import type { Person } from './engine-world.ts';

interface Sent {
  readonly from: Person;
  readonly to: Person;
  readonly author: DeviceId;
  readonly seq: number;
}

export class ServedToOutsiders {
  readonly violations: string[] = [];
  /** How many entries were served to someone who was out. */
  served = 0;
  readonly #space: SpaceId;
  #sent: Sent[] = [];
  /** By `from>to`, the words by which one was out for the other at the last look. */
  readonly #words = new Map<string, string>();

  constructor(space: SpaceId) {
    this.#space = space;
  }

  onSent(from: Person, to: Person, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    const header = frame.ok && frame.value.kind === 'env' ? headerOf(frame.value.bytes) : undefined;
    if (header !== undefined) this.#sent.push({ from, to, author: header.author, seq: header.seq });
  }

  /** `outOf`: whom each of the people holds to be out now. */
  async look(outOf: ReadonlyMap<Person, readonly Person[]>): Promise<void> {
    const sent = this.#sent.splice(0);
    for (const [from, outsiders] of outOf) {
      if (outsiders.length === 0) continue;
      if (from.running === undefined) continue;
      const { governance, replica } = await replicaOfDisk(from.disk, this.#space);
      for (const to of outsiders) {
        const key = `${from.name}>${to.name}`;
        const words = wordsAgainst(to.device, governance.history);
        const isAsBefore = this.#words.get(key) === words.join();
        this.#words.set(key, words.join());
        const entries = sent.filter((each) => each.from === from && each.to === to && each.author !== to.device);
        if (!isAsBefore || entries.length === 0) continue;
        const past = new Set(words.flatMap((word) => governance.history.graph.past(word).map(({ id }) => id)));
        const last = lastPlaces(await replica.governanceEntries(), past, to.device);
        for (const { author, seq } of entries) {
          this.served++;
          if (seq > (last.get(author) ?? -1))
            this.violations.push(`[S5] ${from.name} served ${to.name}, who is out, an entry after the removal`);
        }
      }
    }
    for (const key of [...this.#words.keys()])
      if (![...outOf].some(([from, outsiders]) => outsiders.some((to) => key === `${from.name}>${to.name}`)))
        this.#words.delete(key);
  }
}

/** The last place of each chain that holds an operation of the past, an epoch made in it, or a box of one for `device`. */
function lastPlaces(
  records: Awaited<ReturnType<Awaited<ReturnType<typeof replicaOfDisk>>['replica']['governanceEntries']>>,
  past: ReadonlySet<EnvelopeId>,
  device: DeviceId,
): ReadonlyMap<DeviceId, number> {
  const last = new Map<DeviceId, number>();
  const reach = (author: DeviceId, seq: number): void => {
    last.set(author, Math.max(seq, last.get(author) ?? -1));
  };
  const epochs = new Set<string>();
  for (const entry of records) {
    if (past.has(entry.id)) reach(entry.author, entry.seq);
    const payload = entry.type === 'epoch' ? openClear(heldEnvelope(entry)) : undefined;
    const epoch = payload?.ok === true ? decodeEpochOp(payload.value.body) : undefined;
    if (epoch?.ok !== true || !epoch.value.mheads.every((head) => past.has(head))) continue;
    epochs.add(entry.id);
    reach(entry.author, entry.seq);
  }
  for (const entry of records) {
    const payload = entry.type === 'keybox' ? openClear(heldEnvelope(entry)) : undefined;
    const box = payload?.ok === true ? decodeKeybox(payload.value.body) : undefined;
    if (box?.ok === true && box.value.recipient === device && epochs.has(box.value.epoch))
      reach(entry.author, entry.seq);
  }
  return last;
}
