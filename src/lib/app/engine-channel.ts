/** What tabs and the engine worker say to each other besides calls. */
/** The BroadcastChannel and the Web Lock of browsers without SharedWorker. */
export const ENGINE_CHANNEL = 'archipel-engine';
/** The Web Lock of the one tab that holds the peer connections. */
export const MESH_LOCK = 'archipel-mesh';

/** Said by a shared worker to each tab instead of serving it: see engine-home.ts. */
export const UNFIT = 'engine-unfit';

export type EngineControl =
  | { readonly control: 'connect'; readonly port: MessagePort }
  /** Whoever connects holds this lock as long as it lives. */
  | { readonly control: 'life'; readonly lock: string }
  /** What the browser tells a tab of the network, and a worker not everywhere. Not to be kept: an hour later it is not true. */
  | { readonly control: 'network'; readonly isThere: boolean }
  /** The elected tab offers its mesh; `MeshMessage`s travel over the port. */
  | { readonly control: 'mesh'; readonly port: MessagePort };
