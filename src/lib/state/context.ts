/** What the screens share, set once by the frame (and the space's layout) that makes it. */
import { createContext } from 'svelte';
import type { DocumentViews } from './document-view.svelte.ts';
import type { Preferences } from './preferences.svelte.ts';
import type { ReadMarkers } from './read-markers.svelte.ts';
import type { Session } from './session.svelte.ts';
import type { Space } from './space.svelte.ts';
import type { Spaces } from './spaces.svelte.ts';
import type { Sync } from './sync.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface Frame {
  readonly session: Session;
  readonly spaces: Spaces;
  readonly sync: Sync;
  readonly toasts: Toasts;
  readonly views: DocumentViews;
  readonly readMarkers: ReadMarkers;
  /** Says in words what failed while nobody waited. */
  readonly onFault: (fault: unknown) => void;
  /** Goes to an address inside the app. */
  readonly go: (path: string) => void;
}

export const [getFrame, setFrame] = createContext<Frame>();
export const [getPreferences, setPreferences] = createContext<Preferences>();
/** A getter, because the address may lead from one space to another under the same layout. */
export const [getSpace, setSpace] = createContext<() => Space>();
