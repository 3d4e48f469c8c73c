/**
 * [C2] A document as it stood here on a branch that the others never got. Both branches use the same actors with the same
 * numbers for different changes, so they never meet in one document: this one is made of what both share and what was
 * lost, looked at, and dropped.
 */
import { ActorTable } from './actor-table.ts';
import type { Doc } from './automerge.ts';
import { IngestGate } from './gate/ingest-gate.ts';
import { beginDocument, readSubmissions, type LoadOptions } from './load-replica.ts';

/** Undefined where nothing is kept of it. Whoever gets it frees it. */
export async function loadLostBranch({
  space,
  document,
  schema,
  port,
  device,
  actor,
}: LoadOptions): Promise<{ readonly doc: Doc; readonly actors: ActorTable } | undefined> {
  const entries = await port.lostEntries(space, device, document);
  if (entries.length === 0) return undefined;
  const actors = new ActorTable(document, port);
  const gate = new IngestGate({ schema, memberOf: (each) => actors.memberOf(each) });
  const { submissions } = await readSubmissions(entries, actors);
  return { doc: gate.admit(beginDocument(schema, actor), submissions).doc, actors };
}
