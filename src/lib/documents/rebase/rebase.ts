/**
 * [K4] [N4] A document begun again: a new one that holds what the former showed and nothing of how it came to be, for
 * people who may read the one and not the other. Automerge's changes build on each other, so there is no other way to
 * leave the past out. What was written in the former all the same is carried over: beside the line that people edit, the
 * new document has a *mirror*, the beginning and changes by actors kept for that, which follows the former; being an
 * older state of the same document, it merges into what people made of it meanwhile.
 */
import type { ActorId, DocumentId } from '../../foundation/ids.ts';
import { assert } from '../../foundation/assert.ts';
import { fail, ok, type Result } from '../../foundation/result.ts';
import { MAX_GENERATION } from '../actor-table.ts';
import { A, type Doc } from '../automerge.ts';
import { GENESIS_ACTOR } from '../document-schema.ts';
import { kindOfDocument } from '../document-kind.ts';
import { asPage, fillPage, fromPage } from '../page-kind.ts';
import { PageAuthority } from '../page/page-authority.ts';
import { pageJson, projectPage } from '../page/page-projection.ts';
import { readBasis, readCovered, writeBasis, writeCovered } from './basis.ts';
import { stepsToward } from './page-difference.ts';
import { alignTasks, copyTasks } from './record-copy.ts';

/** Mirrors are written as the last generation of an author, which nobody is leased. */
export const MIRROR_GENERATION = MAX_GENERATION;

export interface Source {
  readonly id: DocumentId;
  readonly doc: Doc;
}

/** `fresh` with what the source shows; `unknown-edit` for a kind that goes on in parts instead. */
export function beginAgain(fresh: Doc, source: Source): Result<Doc> {
  const kind = kindOfDocument(source.id);
  const before = A.getChangesMetaSince(fresh, []).length;
  let filled: Result<Doc> = fail('unknown-edit', kind ?? 'unknown');
  if (kind === 'page') filled = fillPage(fresh, pageJson(asPage(source.doc)));
  if (kind === 'board') filled = ok(A.change(fresh, { time: 0 }, (draft) => copyTasks(draft, source.doc)));
  if (!filled.ok) return filled;
  const changes = A.getChangesMetaSince(filled.value, []).length - before + 1;
  return ok(
    A.change(filled.value, { time: 0 }, (draft) => {
      writeBasis(draft, source.id, changes);
      writeCovered(draft, source.id, A.getHeads(source.doc));
    }),
  );
}

export interface Late {
  /** The changes of the source that nobody has carried over. */
  readonly changes: readonly { readonly actor: ActorId; readonly hash: string }[];
  /** The mirror may say something twice, and is to be brought in line. */
  readonly isContended: boolean;
}

/** undefined: nothing to do, or the source lacks what others have carried from it. */
export function findLate(doc: Doc, source: Source): Late | undefined {
  const { heads, isContended } = readCovered(doc, source.id);
  if (heads.length === 0 || !A.hasHeads(source.doc, [...heads])) return undefined;
  const metas = A.getChangesMetaSince(source.doc, [...heads]);
  if (metas.length === 0 && !isContended) return undefined;
  return { changes: metas.map(({ actor, hash }) => ({ actor: actor as ActorId, hash })), isContended };
}

export interface CarryOptions {
  readonly self: DocumentId;
  readonly source: Source;
  /** What this device writes mirrors as. */
  readonly actor: ActorId;
  readonly isMirror: (actor: ActorId) => boolean;
}

/** Changes for the log that bring what is late into the document; none when there is nothing, or no way. */
export function carryOver(doc: Doc, { self, source, actor, isMirror }: CarryOptions): readonly Uint8Array[] {
  const late = findLate(doc, source);
  if (late === undefined) return [];
  const mirror = mirrorOf(doc, { self, actor, isMirror });
  if (mirror === undefined) return [];
  const before = A.getHeads(mirror);
  const moved = kindOfDocument(self) === 'page' ? movePage(mirror, source.doc) : moveBoard(mirror, source.doc);
  // Better late than half: what does not become the same is not called carried.
  if (moved === undefined) return [];
  if (late.changes.length === 0 && A.getHeads(moved).join() === before.join()) return [];
  const after = A.change(moved, { time: 0 }, (draft) => writeCovered(draft, source.id, A.getHeads(source.doc)));
  const changes = A.getChangesSince(after, before);
  A.free(after);
  return changes;
}

/** The document as it was begun and as mirrors have moved it since, without what people wrote in it. */
function mirrorOf(doc: Doc, { self, actor, isMirror }: Omit<CarryOptions, 'source'>): Doc | undefined {
  const basis = readBasis(doc, self);
  if (basis === undefined) return undefined;
  const backend = A.getBackend(doc);
  const changes = A.getChangesMetaSince(doc, []).flatMap((meta) => {
    const isBeginning = meta.actor === GENESIS_ACTOR || (meta.actor === basis.maker && meta.seq <= basis.changes);
    const change = isBeginning || isMirror(meta.actor as ActorId) ? backend.getChangeByHash(meta.hash) : null;
    return change === null ? [] : [change];
  });
  return A.applyChanges(A.init<Record<string, unknown>>({ actor }), changes)[0];
}

function movePage(mirror: Doc, source: Doc): Doc | undefined {
  const target = projectPage(asPage(source));
  const authority = PageAuthority.open(asPage(mirror));
  const steps = stepsToward(projectPage(asPage(mirror)), target);
  if (steps.length === 0) return mirror;
  const outcome = authority.receiveSteps({ version: authority.version, steps, clientId: 'mirror' });
  assert(outcome === 'accepted', 'steps that lead to a page fit');
  const moved = fromPage(authority.flush(asPage(mirror), { time: 0 }).page);
  return authority.doc.eq(target.doc) ? moved : undefined;
}

function moveBoard(mirror: Doc, source: Doc): Doc {
  return A.change(mirror, { time: 0 }, (draft) => alignTasks(draft, source));
}
