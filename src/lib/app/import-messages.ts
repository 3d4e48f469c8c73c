/** What a tab and its import worker say to each other. */
import type { ImportPlan } from '../documents/markdown/import-plan.ts';
import type { Result } from '../foundation/result.ts';

/** Either one zip, or the files of a chosen folder with their paths. */
export type ImportRequest =
  | { readonly kind: 'archive'; readonly bytes: Uint8Array }
  | { readonly kind: 'files'; readonly files: readonly { readonly path: string; readonly file: File }[] };

export type ImportReply =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'plan'; readonly plan: Result<ImportPlan> };
