/**
 * What a document says about itself when it was begun again from another one [K4] [N4]: which one that was, how many of
 * its maker's changes make up the beginning, and which changes of which documents are in. Everything here may have been
 * written by anybody, so it is read as claims: what does not add up counts as no claim.
 */
import { parseId, type ActorId, type DocumentId } from '../../foundation/ids.ts';
import { A, fixedText, plainScalar, type Doc, type DocRoot } from '../automerge.ts';
import { kindOfDocument } from '../document-kind.ts';

const FORMER = 'former';
const COVERED = 'in:';
const HASH = /^[0-9a-f]{64}$/;
const MAX_CHANGES = 64;
const MAX_HEADS = 1_024;

export interface Basis {
  /** The document that it was begun again from. */
  readonly former: DocumentId;
  readonly maker: ActorId;
  /** Of the maker: the first ones, which write what `former` showed. */
  readonly changes: number;
}

/** Inside an Automerge change only, and the last of the beginning's. */
export function writeBasis(draft: DocRoot, former: DocumentId, changes: number): void {
  draft[FORMER] = { document: fixedText(former), changes };
}

export function readBasis(doc: Doc, self: DocumentId): Basis | undefined {
  const record = doc[FORMER];
  if (typeof record !== 'object' || record === null) return undefined;
  const { document, changes } = record as Record<string, unknown>;
  const former = parseId('DocumentId', String(plainScalar(document)));
  const maker = A.getObjectId(record)?.split('@')[1];
  if (former === undefined || former === self || kindOfDocument(former) !== kindOfDocument(self)) return undefined;
  if (maker === undefined || typeof changes !== 'number' || changes < 1 || changes > MAX_CHANGES) return undefined;
  return { former, maker: maker as ActorId, changes };
}

/**
 * Inside an Automerge change only. The writer's actor stands behind the heads: where a value is set that is there
 * already, Automerge writes nothing, and then nobody could tell that two devices carried at once.
 */
export function writeCovered(draft: DocRoot, source: DocumentId, heads: readonly string[]): void {
  draft[COVERED + source] = fixedText([...[...heads].sort(), `@${A.getActorId(draft)}`].join(' '));
}

export interface Covered {
  /** The heads of the source that somebody has carried over. */
  readonly heads: readonly string[];
  /** Two devices carried at the same time, not knowing of each other. */
  readonly isContended: boolean;
}

export function readCovered(doc: Doc, source: DocumentId): Covered {
  const claims = Object.values(A.getConflicts(doc, COVERED + source) ?? { only: doc[COVERED + source] });
  const texts = claims.map(plainScalar).flatMap((claim) => (typeof claim === 'string' ? [claim] : []));
  const heads = texts.flatMap((text) => text.split(' ')).filter((head) => HASH.test(head));
  return { heads: [...new Set(heads)].slice(0, MAX_HEADS).sort(), isContended: claims.length > 1 };
}
