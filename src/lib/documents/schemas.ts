/** The schema of each kind of document. A kind without one is carried and kept, but not opened here. */
import { boardSchema } from './board/board-schema.ts';
import { channelSchema } from './channel/channel-schema.ts';
import type { DocumentKind } from './document-kind.ts';
import type { DocumentSchema } from './document-schema.ts';
import { pageDocumentSchema } from './page-kind.ts';
import { indexSchema } from './space-index/index-schema.ts';

export type Schemas = ReadonlyMap<DocumentKind, DocumentSchema>;

export function schemasByKind(): Schemas {
  return new Map([indexSchema, boardSchema, channelSchema, pageDocumentSchema].map((schema) => [schema.kind, schema]));
}
