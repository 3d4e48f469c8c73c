/**
 * The order of a transfer [S2]. A log's own order of arrival is a causal order: nothing was stored before what it
 * needs. So chains are merged by arrival, in two passes: first each chain up to its last membership, epoch or box
 * entry, as far as density allows, then all the rest. The receiver can judge and open every entry as it comes.
 */
import type { DeviceId } from '../foundation/ids.ts';
import type { StoredEntry } from '../log/log-store.ts';
import { READ_AHEAD_ENTRIES } from './limits.ts';

/** A piece of one chain, both ends included. */
export interface ChainSpan {
  readonly device: DeviceId;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly governanceSeq: number;
}

export type ReadChain = (device: DeviceId, fromSeq: number, limit: number) => Promise<readonly StoredEntry[]>;

interface Cursor {
  readonly span: ChainSpan;
  page: readonly StoredEntry[];
  at: number;
  nextSeq: number;
}

export class ChainMerge {
  readonly #read: ReadChain;
  readonly #pageEntries: number;
  #cursors: Cursor[];

  constructor(read: ReadChain, spans: readonly ChainSpan[]) {
    this.#read = read;
    this.#pageEntries = Math.max(1, Math.floor(READ_AHEAD_ENTRIES / Math.max(1, spans.length)));
    this.#cursors = spans.map((span) => ({ span, page: [], at: 0, nextSeq: span.fromSeq }));
  }

  /** The next entries, at most `max`; empty at the end. */
  async take(max: number): Promise<readonly StoredEntry[]> {
    const taken: StoredEntry[] = [];
    while (taken.length < max) {
      await Promise.all(this.#cursors.map((cursor) => this.#fill(cursor)));
      this.#cursors = this.#cursors.filter((cursor) => cursor.at < cursor.page.length);
      if (this.#cursors.length === 0) break;
      this.#drain(taken, max);
    }
    return taken;
  }

  /** Takes until `max` or until a chain's page is used up, for the next one of that chain may come first. */
  #drain(taken: StoredEntry[], max: number): void {
    while (taken.length < max) {
      const [cursor, entry] = this.#first() ?? [];
      if (cursor === undefined || entry === undefined) return;
      taken.push(entry);
      cursor.at++;
      if (cursor.at === cursor.page.length) return;
    }
  }

  #first(): [Cursor, StoredEntry] | undefined {
    let first: [Cursor, StoredEntry] | undefined;
    for (const cursor of this.#cursors) {
      const entry = cursor.page[cursor.at];
      if (entry === undefined) continue;
      if (first === undefined || precedes(cursor, entry, first)) first = [cursor, entry];
    }
    return first;
  }

  async #fill(cursor: Cursor): Promise<void> {
    const { span, nextSeq } = cursor;
    if (cursor.at < cursor.page.length || nextSeq > span.toSeq) return;
    const limit = Math.min(this.#pageEntries, span.toSeq - nextSeq + 1);
    cursor.page = await this.#read(span.device, nextSeq, limit);
    cursor.at = 0;
    cursor.nextSeq = nextSeq + limit;
  }
}

function precedes(cursor: Cursor, entry: StoredEntry, [other, otherEntry]: [Cursor, StoredEntry]): boolean {
  const isEarly = entry.seq <= cursor.span.governanceSeq;
  const isOtherEarly = otherEntry.seq <= other.span.governanceSeq;
  return isEarly === isOtherEarly ? entry.position < otherEntry.position : isEarly;
}
