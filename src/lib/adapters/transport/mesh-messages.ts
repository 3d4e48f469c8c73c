/** What the page that holds the peer connections and the engine say to each other over their port. */
import type { SpaceId } from '../../foundation/ids.ts';

/** One room per space: an opaque name and a password, both derived from the space's epoch. */
export interface MeshRoom {
  readonly space: SpaceId;
  readonly room: string;
  readonly password: string;
  /** WebSocket address of the signalling server. */
  readonly signalUrl: string;
}

/** Engine → page. */
export type MeshOrder =
  | { readonly mesh: 'rooms'; readonly rooms: readonly MeshRoom[] }
  | { readonly mesh: 'send'; readonly peer: string; readonly frame: Uint8Array }
  | { readonly mesh: 'hang-up'; readonly peer: string };

/** Page → engine. A peer name is unique for one connection. */
export type MeshReport =
  | { readonly mesh: 'open'; readonly peer: string; readonly binding: Uint8Array }
  | { readonly mesh: 'frame'; readonly peer: string; readonly frame: Uint8Array }
  | { readonly mesh: 'drained'; readonly peer: string; readonly bufferedBytes: number }
  | { readonly mesh: 'closed'; readonly peer: string };
