/** What must hold at every step of every history, checked as entries become durable and as frames leave a device. */
import type { MemoryDisk } from '../../src/lib/adapters/storage/memory-log-store.ts';
import type { EnvelopeId } from '../../src/lib/foundation/ids.ts';
import type { StoredEntry } from '../../src/lib/log/log-store.ts';
import { decodeFrame } from '../../src/lib/protocol/frames.ts';
import { headerOf } from '../../src/lib/sync/envelope-intake.ts';

export interface Watched {
  readonly name: string;
  readonly disk: MemoryDisk;
}

export class SafetyRules {
  /** Broken rules, in words; empty in a right world. */
  readonly violations: string[] = [];
  /** Every durable entry of an honest author: author/seq → id. */
  readonly #written = new Map<string, EnvelopeId>();

  get durableEntries(): number {
    return this.#written.size;
  }

  onStored({ name, disk }: Watched, entries: readonly StoredEntry[], how: 'appended' | 'inserted'): void {
    for (const entry of entries) {
      const place = `${entry.author}/${String(entry.seq)}`;
      if (how === 'appended') {
        if (this.#written.has(place)) this.violations.push(`[C1] ${name} forked its own chain at ${String(entry.seq)}`);
        this.#written.set(place, entry.id);
      } else if (this.#written.get(place) !== entry.id) {
        this.violations.push(`[E3] ${name} stored an entry its author never wrote`);
      }
      this.#checkChain({ name, disk }, entry);
    }
  }

  /** [C1] What leaves a device is on its disk. */
  onSent({ name, disk }: Watched, frame: Uint8Array): void {
    const decoded = decodeFrame(frame);
    if (!decoded.ok) {
      this.violations.push(`[X2] ${name} sent what it could not read itself`);
      return;
    }
    if (decoded.value.kind !== 'env') return;
    const header = headerOf(decoded.value.bytes);
    const isHeld = [...disk.spaces.values()].some(
      (log) => header !== undefined && log.chains.get(header.author)?.[header.seq] !== undefined,
    );
    if (!isHeld) this.violations.push(`[C1] ${name} sent what it had not stored`);
  }

  /** [S5] No entry reaches who is no member. A newcomer may tell it where its chains end: it cannot know better yet. */
  onSentToOutsider(name: string, frame: Uint8Array): void {
    const decoded = decodeFrame(frame);
    if (decoded.ok && decoded.value.kind === 'env') this.violations.push(`[S5] ${name} served an outsider`);
  }

  /** [C1] Dense and linked, whatever arrived in whatever order. */
  #checkChain({ name, disk }: Watched, entry: StoredEntry): void {
    const chain = disk.spaces.get(entry.space)?.chains.get(entry.author);
    if (chain?.[entry.seq]?.id !== entry.id)
      this.violations.push(`[C1] ${name} has a hole before ${String(entry.seq)}`);
    if (entry.seq > 0 && chain?.[entry.seq - 1]?.id !== entry.prev)
      this.violations.push(`[C1] ${name} has a broken link at ${String(entry.seq)}`);
  }
}
