/** Addresses inside the app, and the last one visited on this device. They hold ids, never names. */
import { kindOfDocument } from '$lib/documents/document-kind.ts';
import type { DocumentId, SpaceId } from '$lib/foundation/ids.ts';
import { readStored, writeStored } from './preferences.svelte.ts';

const LAST_PLACE_KEY = 'archipel.place';
const PLACE = /^\/s\/[0-9a-f]{64}(\/[pbc]\/[0-9a-f]{32}|\/people)?$/;
const LETTERS = { page: 'p', board: 'b', channel: 'c' } as const;

export function placeOfSpace(space: SpaceId): string {
  return `/s/${space}`;
}

export function placeOfDocument(space: SpaceId, document: DocumentId): string {
  const kind = kindOfDocument(document);
  const letter = kind === 'board' || kind === 'channel' ? LETTERS[kind] : LETTERS.page;
  return `/s/${space}/${letter}/${document}`;
}

export function rememberPlace(path: string): void {
  if (PLACE.test(path)) writeStored(LAST_PLACE_KEY, path);
}

export function lastPlace(): string | undefined {
  const path = readStored(LAST_PLACE_KEY);
  return path !== null && PLACE.test(path) ? path : undefined;
}

export function spaceOfPlace(path: string): string | undefined {
  return /^\/s\/([0-9a-f]{64})/.exec(path)?.[1];
}
