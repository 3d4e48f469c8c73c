/**
 * One channel of a meeting, in two lanes: frames for levelling logs, and beside them messages that begin with a byte no
 * frame has. The levelling end may be renewed when this device's keys change, for nobody else can open the channel again.
 */
import { concatBytes } from '../../foundation/bytes.ts';
import type { Scheduler } from '../../foundation/scheduler.ts';
import type { PairingChannel, PairingListener } from '../devices/pairing-channel.ts';
import type { Transport, TransportListener } from '../../sync/transport.ts';

/** Reserved in docs/spec/frames.md: never a frame. */
const SIDE_BYTE = 0xf0;
const MAX_RENEWALS = 8;
const MAX_EARLY_FRAMES = 64;

export interface NearbyChannelPorts {
  readonly attach: (end: Transport) => void;
  readonly onClose: () => void;
}

export class NearbyChannel {
  readonly #raw: Transport;
  readonly #scheduler: Scheduler;
  readonly #ports: NearbyChannelPorts;
  readonly #early: Uint8Array[] = [];
  readonly #earlySide: Uint8Array[] = [];
  #end: TransportListener | undefined;
  #side: PairingListener | undefined;
  #renewals = 0;
  #isClosed = false;

  constructor(raw: Transport, scheduler: Scheduler, ports: NearbyChannelPorts) {
    this.#raw = raw;
    this.#scheduler = scheduler;
    this.#ports = ports;
  }

  get binding(): Uint8Array {
    return this.#raw.binding;
  }

  open(): void {
    this.#raw.listen({
      onFrame: (frame) => this.#receive(frame),
      onClose: () => this.#finish(),
    });
    if (!this.#isClosed) this.#ports.attach(this.#newEnd());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#finish();
    this.#raw.close();
  }

  /** The messages beside the frames. Closing it leaves the channel to the logs. */
  sideLane(): PairingChannel {
    let isOver = false;
    return {
      send: (message) => {
        if (!isOver && !this.#isClosed) this.#raw.send(concatBytes(Uint8Array.of(SIDE_BYTE), message));
      },
      listen: (listener) => {
        this.#side = listener;
        for (const message of this.#earlySide.splice(0)) listener.onMessage(message);
        if (this.#isClosed) listener.onClose();
      },
      close: () => {
        isOver = true;
        this.#side = undefined;
      },
    };
  }

  #receive(frame: Uint8Array): void {
    const [end, side] = [this.#end, this.#side];
    if (frame[0] === SIDE_BYTE)
      keepOrGive(side && ((bytes) => side.onMessage(bytes)), this.#earlySide, frame.subarray(1));
    else keepOrGive(end && ((bytes) => end.onFrame(bytes)), this.#early, frame);
  }

  #newEnd(): Transport {
    let own: TransportListener | undefined;
    let isOver = false;
    return {
      side: 'peer',
      binding: this.#raw.binding,
      send: (frame) => {
        if (!isOver) this.#raw.send(frame);
      },
      bufferedBytes: () => this.#raw.bufferedBytes(),
      listen: (listener) => {
        own = listener;
        this.#end = listener;
        for (const frame of this.#early.splice(0)) listener.onFrame(frame);
      },
      close: () => {
        if (isOver) return;
        isOver = true;
        if (this.#end === own) this.#end = undefined;
        this.#renew();
      },
    };
  }

  #renew(): void {
    if (this.#isClosed) return;
    if (++this.#renewals > MAX_RENEWALS) {
      this.close();
      return;
    }
    this.#scheduler.after(0, () => {
      if (!this.#isClosed) this.#ports.attach(this.#newEnd());
    });
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end?.onClose();
    this.#side?.onClose();
    this.#ports.onClose();
  }
}

function keepOrGive(listener: ((bytes: Uint8Array) => void) | undefined, early: Uint8Array[], bytes: Uint8Array): void {
  if (listener !== undefined) listener(bytes);
  else if (early.length < MAX_EARLY_FRAMES) early.push(bytes);
}
