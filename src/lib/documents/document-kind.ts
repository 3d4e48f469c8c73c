/** [G9] The first byte of a document id is its kind, so that a role can be enforced without opening the document. */
import type { DocumentId, SpaceId } from '../foundation/ids.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import type { Random } from '../foundation/random.ts';

export const DOCUMENT_KINDS = { index: 1, page: 2, board: 3, channel: 4, comments: 5, votes: 6 } as const;
export type DocumentKind = keyof typeof DOCUMENT_KINDS;

const BY_BYTE = new Map<number, DocumentKind>(
  Object.entries(DOCUMENT_KINDS).map(([kind, byte]) => [byte, kind as DocumentKind]),
);

export function kindOfDocument(id: DocumentId): DocumentKind | undefined {
  return BY_BYTE.get(Number.parseInt(id.slice(0, 2), 16));
}

export function newDocumentId(kind: DocumentKind, random: Random): DocumentId {
  const bytes = random.bytes(16);
  bytes[0] = DOCUMENT_KINDS[kind];
  return bytesToHex(bytes) as DocumentId;
}

/** A space has one index, whose id follows from the space's, so that nobody needs to be told it. */
export function indexDocumentOf(space: SpaceId): DocumentId {
  return `01${space.slice(0, 30)}` as DocumentId;
}
