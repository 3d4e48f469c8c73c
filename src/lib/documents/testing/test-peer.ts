/** One device's documents session in a test, with what it told. */
import type { DocumentId } from '../../foundation/ids.ts';
import { unwrap } from '../../foundation/result.ts';
import type { DocumentEdit } from '../document-edits.ts';
import { createDocumentsSession } from '../documents-session.ts';
import type { Documents, DocumentsEvent } from '../documents.ts';
import type { DocumentView } from '../views.ts';
import { SeededRandom, type ManualTime } from './manual-time.ts';
import { TEST_SPACE, type MemoryEngine } from './memory-engine.ts';

export class TestPeer {
  readonly engine: MemoryEngine;
  readonly session: Documents & { stop(): void };
  readonly events: DocumentsEvent[] = [];

  constructor(engine: MemoryEngine, time: ManualTime, seed: number) {
    this.engine = engine;
    const random = new SeededRandom(seed);
    this.session = createDocumentsSession({ port: engine, clock: time, scheduler: time, random });
    this.session.subscribe((event) => this.events.push(event));
  }

  async edit(document: DocumentId, edit: DocumentEdit): Promise<void> {
    unwrap(await this.session.edit(TEST_SPACE, document, edit));
  }

  lastView(document: DocumentId): DocumentView {
    const event = this.events.findLast((each) => each.kind === 'view' && each.document === document);
    if (event?.kind !== 'view') throw new Error('no view was told');
    return event.view;
  }

  problems(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === 'problem' ? [event.failure.code] : []));
  }

  savedState(document: DocumentId): string | undefined {
    const event = this.events.findLast((each) => each.kind === 'saved' && each.document === document);
    return event?.kind === 'saved' ? event.state : undefined;
  }
}
