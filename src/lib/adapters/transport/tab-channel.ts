/**
 * Links between the tabs of one device over a BroadcastChannel. The channel is a shout to all; each tab has a random
 * name, tabs find each other by greeting, and each pair gets a Transport of its own. Nothing leaves the device.
 */
import { bytesToHex } from '../../foundation/bytes.ts';
import type { Random } from '../../foundation/random.ts';
import type { Transport, TransportListener } from '../../sync/transport.ts';

export interface TabChannelOptions {
  /** Tabs that use one name find each other. */
  readonly name: string;
  readonly random: Random;
  /** Called for each other tab, now or later; again after it closed its link and greets anew. */
  readonly onTab: (transport: Transport) => void;
}

export interface TabChannel {
  /** Closes the links to all tabs. */
  close(): void;
}

type TabMessage =
  | { readonly kind: 'here'; readonly from: string; readonly to: string | undefined }
  | { readonly kind: 'frame'; readonly from: string; readonly to: string; readonly frame: Uint8Array }
  | { readonly kind: 'gone'; readonly from: string; readonly to: string | undefined };

export function openTabChannel(options: TabChannelOptions): TabChannel {
  return new Tabs(options);
}

class Tabs implements TabChannel {
  readonly #channel: BroadcastChannel;
  readonly #self: string;
  readonly #links = new Map<string, TabLink>();
  readonly #onTab: (transport: Transport) => void;
  #isClosed = false;

  constructor({ name, random, onTab }: TabChannelOptions) {
    this.#channel = new BroadcastChannel(name);
    this.#self = bytesToHex(random.bytes(16));
    this.#onTab = onTab;
    this.#channel.onmessage = (event: { readonly data: unknown }) => {
      if (isTabMessage(event.data)) this.#receive(event.data);
    };
    this.#post({ kind: 'here', from: this.#self, to: undefined });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#post({ kind: 'gone', from: this.#self, to: undefined });
    this.#isClosed = true;
    for (const link of this.#links.values()) link.end();
    this.#links.clear();
    this.#channel.close();
  }

  #receive(message: TabMessage): void {
    if (this.#isClosed || (message.to !== undefined && message.to !== this.#self)) return;
    const link = this.#links.get(message.from);
    if (message.kind === 'frame') {
      link?.deliver(message.frame);
      return;
    }
    if (message.kind === 'gone') {
      this.#links.delete(message.from);
      link?.end();
      return;
    }
    if (link === undefined) this.#join(message.from);
    if (message.to === undefined) this.#post({ kind: 'here', from: this.#self, to: message.from });
  }

  #join(other: string): void {
    const link = new TabLink({
      send: (frame) => this.#post({ kind: 'frame', from: this.#self, to: other, frame }),
      close: () => {
        this.#links.delete(other);
        this.#post({ kind: 'gone', from: this.#self, to: other });
      },
    });
    this.#links.set(other, link);
    this.#onTab(link);
  }

  #post(message: TabMessage): void {
    if (!this.#isClosed) this.#channel.postMessage(message);
  }
}

class TabLink implements Transport {
  readonly side = 'tab';
  readonly binding = new Uint8Array(0);
  readonly #wire: { readonly send: (frame: Uint8Array) => void; readonly close: () => void };
  #listener: TransportListener | undefined;
  #early: Uint8Array[] = [];
  #isClosed = false;

  constructor(wire: { readonly send: (frame: Uint8Array) => void; readonly close: () => void }) {
    this.#wire = wire;
  }

  send(frame: Uint8Array): void {
    if (!this.#isClosed) this.#wire.send(frame);
  }
  /** The browser takes every message at once. */
  bufferedBytes(): number {
    return 0;
  }
  listen(listener: TransportListener): void {
    this.#listener = listener;
    for (const frame of this.#early.splice(0)) listener.onFrame(frame);
  }
  close(): void {
    if (this.#isClosed) return;
    this.#wire.close();
    this.end();
  }

  deliver(frame: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#listener === undefined) this.#early.push(frame);
    else this.#listener.onFrame(frame);
  }
  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener?.onClose();
  }
}

/** Only tabs of this origin can speak here, but an older version of the app may be one of them. */
function isTabMessage(value: unknown): value is TabMessage {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('from' in value) || !('to' in value))
    return false;
  if (typeof value.from !== 'string') return false;
  if (value.kind === 'frame')
    return 'frame' in value && value.frame instanceof Uint8Array && typeof value.to === 'string';
  return (value.kind === 'here' || value.kind === 'gone') && (value.to === undefined || typeof value.to === 'string');
}
