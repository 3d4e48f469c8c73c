/** What an import will create, in an order in which every parent comes before its children. */
import type { DocumentId } from '../../foundation/ids.ts';
import type { DocumentEdit } from '../document-edits.ts';
import type { PageNodeJson } from '../views.ts';
import type { Loss } from './losses.ts';

export type PlannedItem = {
  readonly document: DocumentId;
  readonly title: string;
  readonly parent: DocumentId | null;
} & (
  | { readonly kind: 'page'; readonly doc: PageNodeJson }
  | { readonly kind: 'board' | 'channel'; readonly edits: readonly DocumentEdit[] }
);

export interface ImportPlan {
  readonly items: readonly PlannedItem[];
  readonly losses: readonly Loss[];
}
