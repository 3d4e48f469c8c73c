/**
 * Foreign envelopes on their way into the log of one space. [E2] The caller has checked shape, id and signature; here
 * come chain and author, before anything is opened. Entries of devices that no membership names are taken only while this
 * replica still holds records it cannot read, and only so many: a box may stand behind content in a stranger's chain,
 * yet a relay must not fill a disk with strangers.
 */
import type { ErrorCode } from '../foundation/error-codes.ts';
import type { VerifiedEnvelope } from '../crypto/envelope-seal.ts';
import type { InsertOutcome, LogStore, StoredEntry } from '../log/log-store.ts';
import { isChainedType } from '../protocol/envelope.ts';
import type { Governance } from './governance.ts';
import { logEntryOf } from './held-envelope.ts';
import { Turns } from './turns.ts';

export type IntakeOutcome =
  | { readonly kind: 'stored' | 'known' | 'pending' | 'gap' | 'fork' }
  | { readonly kind: 'refused'; readonly code: ErrorCode };

export interface IntakePorts {
  readonly store: LogStore;
  /** Awaited before the next entries are judged: they may rest on these. */
  readonly onStored: (entries: readonly StoredEntry[]) => Promise<void>;
}

/** Entries of devices that no membership names yet, in one session. */
const MAX_STRANGER_ENTRIES = 50_000;

export class Intake {
  readonly #governance: Governance;
  readonly #ports: IntakePorts;
  readonly #turns = new Turns();
  #strangerEntries = 0;

  constructor(governance: Governance, ports: IntakePorts) {
    this.#governance = governance;
    this.#ports = ports;
  }

  offer(
    envelopes: readonly VerifiedEnvelope[],
    onFork: (witness: VerifiedEnvelope) => void,
  ): Promise<readonly IntakeOutcome[]> {
    return this.#turns.run(async () => {
      const outcomes: IntakeOutcome[] = [];
      let run: VerifiedEnvelope[] = [];
      const flush = async (): Promise<void> => {
        const stored = await this.#insert(run);
        run.forEach((envelope, i) => {
          const outcome = stored[i];
          if (outcome?.kind === 'fork') onFork(envelope);
          outcomes.push({ kind: outcome?.kind ?? 'gap' });
        });
        run = [];
      };
      for (const envelope of envelopes) {
        let objection = this.#objection(envelope);
        if (objection !== undefined && run.length > 0) {
          await flush();
          objection = this.#objection(envelope);
        }
        if (objection === undefined) run.push(envelope);
        else outcomes.push(objection);
      }
      await flush();
      return outcomes;
    });
  }

  async #insert(envelopes: readonly VerifiedEnvelope[]): Promise<readonly InsertOutcome[]> {
    if (envelopes.length === 0) return [];
    const outcomes = await this.#ports.store.insert(this.#governance.space, envelopes.map(logEntryOf));
    const stored = outcomes.flatMap((outcome) => (outcome.kind === 'stored' ? [outcome.entry] : []));
    if (stored.length > 0) await this.#ports.onStored(stored);
    return outcomes;
  }

  /** Outcomes come in input order because a flush precedes every objection. */
  #objection({ header }: VerifiedEnvelope): IntakeOutcome | undefined {
    if (!isChainedType(header.type)) return { kind: 'refused', code: 'unknown-type' };
    if (header.type === 'genesis') return undefined;
    if (this.#governance.history.current().device(header.author) !== undefined) return undefined;
    if (!this.#governance.isIncomplete || this.#strangerEntries >= MAX_STRANGER_ENTRIES) return { kind: 'pending' };
    this.#strangerEntries++;
    return undefined;
  }
}
