/**
 * A page as Automerge keeps it: one text with block markers in it. The first block may lack a marker (an empty page
 * has none at all), so two people who write into a new page write into the same block.
 */
import { ImmutableString } from '@automerge/automerge/slim';
import type { Doc } from '@automerge/automerge/slim';
import { PAGE_SCHEMA_VERSION } from './page-schema.ts';

export interface PageDocument {
  schemaVersion: number;
  text: string;
  /** Reserved for what does not fit into a marker (tables): must exist from the start, or two first writers collide. */
  embeds: Record<string, never>;
}

export type PageDoc = Doc<PageDocument>;

export const PAGE_TEXT = 'text';

/** Inside the one change, equal on every device, that each page begins with. */
export function initializePage(draft: PageDocument): void {
  draft.schemaVersion = PAGE_SCHEMA_VERSION;
  draft.text = '';
  draft.embeds = {};
}

export type MarkExpand = 'after' | 'none';

/** Whether a mark grows when somebody types at its end. */
export function markExpand(name: string): MarkExpand {
  return name === 'bold' || name === 'italic' || name === 'strike' ? 'after' : 'none';
}

/** A value as Automerge should keep it: strings nobody co-edits are immutable ones. */
export function toAutomergeValue(value: unknown): unknown {
  if (typeof value === 'string') return new ImmutableString(value);
  if (Array.isArray(value)) return value.map(toAutomergeValue);
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toAutomergeValue(inner)]));
}

export function fromAutomergeValue(value: unknown): unknown {
  if (value instanceof ImmutableString) return value.val;
  if (Array.isArray(value)) return value.map(fromAutomergeValue);
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fromAutomergeValue(inner)]));
}
