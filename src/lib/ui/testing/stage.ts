/** Puts one screen on stage with Alice's device, her space, and Bob and Carol in it. Tests only. */
import type { Component } from 'svelte';
import { render } from 'vitest-browser-svelte';
import { indexDocumentOf } from '$lib/documents/document-kind.ts';
import type { IndexItem } from '$lib/documents/views.ts';
import type { DocumentId } from '$lib/foundation/ids.ts';
import { Preferences } from '$lib/state/preferences.svelte.ts';
import { MemoryDocuments } from './memory-documents.ts';
import { MemoryEngine, member, openSession, SELF, SPACE } from './memory-engine.ts';
import { MemoryNearby } from './memory-nearby.ts';
import Stage from './Stage.svelte';

export const BOARD = `03${'0'.repeat(30)}` as DocumentId;
export const CHANNEL = `04${'0'.repeat(30)}` as DocumentId;

export function indexItem(
  document: string,
  kind: IndexItem['kind'],
  title: string,
  more: Partial<IndexItem> = {},
): IndexItem {
  return {
    document: document as DocumentId,
    kind,
    title,
    parent: null,
    depth: 0,
    trashedAt: undefined,
    conflicts: [],
    ...more,
  };
}

export interface World {
  readonly engine: MemoryEngine;
  readonly documents: MemoryDocuments;
  readonly nearby: MemoryNearby;
  readonly preferences: Preferences;
  readonly visited: string[];
}

export function newWorld(): World {
  const engine = new MemoryEngine();
  const documents = new MemoryDocuments(SELF);
  engine.nowMs = documents.nowMs = Date.UTC(2026, 10, 24, 12);
  const preferences = new Preferences();
  preferences.setLanguage('en');
  return { engine, documents, nearby: new MemoryNearby(), preferences, visited: [] };
}

/** Alice's open device: one space "East Dam" with Bob (editor) and Carol (reader). */
export function openWorld(items: readonly IndexItem[] = []): World {
  const world = newWorld();
  world.engine.current = openSession('Alice');
  world.engine.people = [
    member('a0', 'Alice', 'owner'),
    member('b1', 'Bob', 'editor'),
    member('c2', 'Carol', 'reader'),
  ];
  world.engine.addSpace(SPACE);
  world.documents.put(SPACE, indexDocumentOf(SPACE), { kind: 'index', name: 'East Dam', conflicts: [], items });
  return world;
}

interface Place {
  readonly path?: string;
  readonly isInSpace?: boolean;
}

export async function putOnStage<P extends Record<string, unknown>>(
  world: World,
  screen: Component<P>,
  props: P,
  place: Place = {},
): Promise<void> {
  const { path = '/', isInSpace = true } = place;
  const { visited, ...clients } = world;
  const staged: unknown = screen;
  await render(Stage, {
    props: {
      ...clients,
      path,
      isInSpace,
      props,
      // The stage hands the very props on that its caller gave for this very component.
      screen: staged as Component<Record<string, unknown>>,
      go: (to: string) => void visited.push(to),
    },
  });
}
