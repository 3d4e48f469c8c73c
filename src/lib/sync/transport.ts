/**
 * A link to one other party that carries frames: whole or not at all, possibly late, twice or out of order.
 * Relay socket, peer mesh, tabs, files and the simulator are adapters of it; the reconciler cannot tell them apart.
 */
export interface TransportListener {
  onFrame(frame: Uint8Array): void;
  /** Called once; nothing is delivered afterwards. */
  onClose(): void;
}

export interface Transport {
  /** Who is at the other end: decides what must be proven before anything is served [S5]. */
  readonly side: 'relay' | 'peer' | 'tab' | 'file';
  /**
   * Bytes that both ends of this very channel share and no man in the middle can make equal (both DTLS fingerprints,
   * sorted; relay origin ‖ relay key). Signed in AUTH [P2][R1]. Empty where the channel needs no proof (tab, file).
   */
  readonly binding: Uint8Array;
  /** At most `MAX_FRAME_BYTES`. Never throws; a frame that cannot be sent is lost, and the next FRONTIER heals it. */
  send(frame: Uint8Array): void;
  /** Bytes accepted by `send` and not yet handed to the network: the reconciler pauses above its high-water mark. */
  bufferedBytes(): number;
  /** Exactly one listener, set before any frame is delivered. */
  listen(listener: TransportListener): void;
  close(): void;
}
