/** What the main thread holds: two clients that cross worker borders, and the installed shell. No key, no wasm. */
import type { Documents } from '../documents/documents.ts';
import type { Engine } from '../engine/engine.ts';

export interface Shell {
  /** True once a newer version of the app is installed and waits for the person's word. */
  isUpdateWaiting(): boolean;
  /** Saves what is pending, activates the waiting version and reloads every tab. */
  applyUpdate(): Promise<void>;
  /** True when the browser offered to install the app and the person has not answered. */
  canInstall(): boolean;
  install(): Promise<void>;
  /** Whether the browser promised to keep this site's storage; asks it when it has not. */
  keepStorage(): Promise<boolean>;
  subscribe(listener: () => void): () => void;
}

export interface AppClients {
  readonly engine: Engine;
  readonly documents: Documents;
  readonly shell: Shell;
}
