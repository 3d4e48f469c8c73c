/** A pairing channel in one process, whose middle may listen, change and put words in. */
import type { PairingChannel, PairingListener } from './pairing-channel.ts';

type Middle = (bytes: Uint8Array, forward: (bytes: Uint8Array) => void) => void;

export class MemoryChannel implements PairingChannel {
  other: MemoryChannel | undefined;
  readonly #middle: Middle;
  readonly #early: Uint8Array[] = [];
  #listener: PairingListener | undefined;

  constructor(middle: Middle = (bytes, forward) => forward(bytes)) {
    this.#middle = middle;
  }

  static pair(middles: { readonly toHost?: Middle; readonly toGuest?: Middle } = {}): {
    readonly host: MemoryChannel;
    readonly guest: MemoryChannel;
  } {
    const [host, guest] = [new MemoryChannel(middles.toGuest), new MemoryChannel(middles.toHost)];
    host.other = guest;
    guest.other = host;
    return { host, guest };
  }

  send(bytes: Uint8Array): void {
    this.#middle(bytes, (sent) => this.other?.deliver(sent));
  }

  listen(listener: PairingListener): void {
    this.#listener = listener;
    for (const bytes of this.#early.splice(0)) queueMicrotask(() => listener.onMessage(bytes));
  }

  deliver(bytes: Uint8Array): void {
    const listener = this.#listener;
    if (listener === undefined) this.#early.push(bytes);
    else queueMicrotask(() => listener.onMessage(bytes));
  }

  close(): void {
    this.#listener = undefined;
  }

  onCut(): void {
    this.#listener?.onClose();
  }

  /** The way between breaks. */
  cut(): void {
    this.#listener?.onClose();
    this.other?.onCut();
  }
}
