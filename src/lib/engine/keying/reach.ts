/**
 * [K4] Which documents everyone who is in can read, and where the index and the channels go on when somebody came who
 * cannot. It looks at clear headers alone: under which epochs a document's entries are sealed, and who may hold those.
 */
import type { DocumentId, EpochId, MemberId } from '../../foundation/ids.ts';
import { partIdOf } from '../../crypto/part-id.ts';
import type { LogStore } from '../../log/log-store.ts';
import { comparePreference } from '../../membership/keying.ts';
import type { Governance } from '../governance.ts';

export interface Parts {
  /** The document itself, then what continues it, oldest first. Their contents are read together. */
  readonly all: readonly DocumentId[];
  /** Where new things are written, so that everyone who is in reads them. */
  readonly current: DocumentId;
}

interface ClosedEpoch {
  readonly id: EpochId;
  readonly members: readonly MemberId[];
}

const PAGE = 512;

export class Reach {
  readonly #governance: Governance;
  readonly #store: LogStore;
  /** By document: the parts found so far, with how far and with how many keys the log was read for them. */
  readonly #found = new Map<
    DocumentId,
    { readonly parts: Set<DocumentId>; readonly upTo: number; readonly epochs: number }
  >();

  constructor(governance: Governance, store: LogStore) {
    this.#governance = governance;
    this.#store = store;
  }

  /** Members who are in and cannot read all of it, because they came later. Nobody for a document that nobody wrote. */
  async closedTo(document: DocumentId, closed = this.#closedEpochs()): Promise<readonly MemberId[]> {
    const { content } = this.#governance.keys;
    const isWritten = async (epochs: readonly ClosedEpoch[]): Promise<boolean> => {
      const tags = epochs.map(({ id }) => content.tagOf(id, document));
      const query = { by: 'tags', tags, afterPosition: -1, limit: 1 } as const;
      return tags.length > 0 && (await this.#store.read(this.#governance.space, query)).length > 0;
    };
    if (!(await isWritten(closed))) return [];
    const members = new Set<MemberId>();
    for (const epoch of closed) {
      if (epoch.members.every((member) => members.has(member)) || !(await isWritten([epoch]))) continue;
      for (const member of epoch.members) members.add(member);
    }
    return [...members].sort();
  }

  /** Of many documents, those that somebody cannot read. */
  async closedDocuments(
    documents: readonly DocumentId[],
  ): Promise<readonly { readonly document: DocumentId; readonly members: readonly MemberId[] }[]> {
    const epochs = this.#closedEpochs();
    const closed: { readonly document: DocumentId; readonly members: readonly MemberId[] }[] = [];
    for (const document of epochs.length === 0 ? [] : documents) {
      const members = await this.closedTo(document, epochs);
      if (members.length > 0) closed.push({ document, members });
    }
    return closed;
  }

  /** `rotate` is called when there is no epoch to write with; the answer is then the document's newest part. */
  async parts(document: DocumentId, rotate: () => Promise<unknown>): Promise<Parts> {
    const { keys, history } = this.#governance;
    if (!keys.wasEverClosed(history)) return { all: [document], current: document };
    const all = [document, ...(await this.#begun(document))];
    for (const part of all.toReversed()) if ((await this.closedTo(part)).length === 0) return { all, current: part };
    if (keys.findWritable(history) === undefined) await rotate();
    const writable = keys.findWritable(history);
    return { all, current: writable === undefined ? (all.at(-1) ?? document) : partIdOf(writable.id, document) };
  }

  #closedEpochs(): readonly ClosedEpoch[] {
    const { keys, history } = this.#governance;
    return keys
      .readable(history)
      .map((epoch) => ({ id: epoch.id, members: keys.closedTo(epoch, history) }))
      .filter(({ members }) => members.length > 0);
  }

  /** The parts that somebody has written in, oldest first. */
  async #begun(document: DocumentId): Promise<readonly DocumentId[]> {
    const { keys, history, position, space } = this.#governance;
    const epochs = keys.readable(history).toSorted((a, b) => comparePreference(b, a));
    const known = this.#found.get(document);
    const parts = known?.parts ?? new Set();
    // With every key that came, entries may open that were passed by.
    let after = known?.epochs === epochs.length ? known.upTo : -1;
    // Nobody writes in a part under an epoch older than the one it is named after.
    const byTag = new Map(
      epochs.flatMap(({ id, gen }) =>
        epochs.flatMap((began) => {
          const part = partIdOf(began.id, document);
          return began.gen <= gen ? [[keys.content.tagOf(id, part), part] as const] : [];
        }),
      ),
    );
    for (;;) {
      const query = { by: 'tags', tags: [...byTag.keys()], afterPosition: after, limit: PAGE } as const;
      const page = byTag.size === 0 ? [] : await this.#store.read(space, query);
      for (const { tag } of page) parts.add(byTag.get(tag) ?? document);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = last.position;
    }
    this.#found.set(document, { parts, upTo: position, epochs: epochs.length });
    return epochs.map(({ id }) => partIdOf(id, document)).filter((part) => parts.has(part));
  }
}
