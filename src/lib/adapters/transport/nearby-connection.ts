/**
 * [P3] One connection whose descriptions travel by hand: offered or answered, described, and, once the other side knows
 * it, a `Transport`. No server of any kind is asked. Nothing here is trusted: the engine serves a peer only after both
 * sides signed this connection's fingerprints [P2].
 */
import type { NearbyDescription } from '../../protocol/nearby-code.ts';
import type { Transport, TransportListener } from '../../sync/transport.ts';
import { bindingOf, frameAssembler, sendFrame } from './data-channel-frames.ts';
import { describeSdp, sdpOf } from './nearby-sdp.ts';

const CHANNEL_ID = 201;
/** Addresses are there at once; a browser that waits for a name service that never answers is not waited for. */
const GATHER_MS = 3_000;
const LOW_WATER_BYTES = 64 * 1024;

export interface NearbyConnection {
  readonly description: NearbyDescription;
  /** Of an offer: what its answer said. False when the browser takes it for nonsense. */
  accept(answer: NearbyDescription): Promise<boolean>;
  /** Resolves once the channel stands; undefined when it was closed before. */
  readonly opened: Promise<Transport | undefined>;
  /** Called whenever less is waiting to be sent. */
  onDrained(listener: (bufferedBytes: number) => void): void;
  close(): void;
}

export function offerConnection(): Promise<NearbyConnection | undefined> {
  return connect(undefined);
}

/** Undefined when the browser takes the offer for nonsense, or makes no usable connection. */
export function answerConnection(offer: NearbyDescription): Promise<NearbyConnection | undefined> {
  return connect(offer);
}

async function connect(offer: NearbyDescription | undefined): Promise<NearbyConnection | undefined> {
  const pc = new RTCPeerConnection({ iceServers: [] });
  const channel = pc.createDataChannel('archipel', { negotiated: true, id: CHANNEL_ID });
  channel.binaryType = 'arraybuffer';
  channel.bufferedAmountLowThreshold = LOW_WATER_BYTES;
  if (offer !== undefined && !(await tells(pc, offer, 'offer'))) return undefined;
  await pc.setLocalDescription();
  await gathered(pc);
  const description = describeSdp(pc.localDescription?.sdp ?? '');
  if (description === undefined) {
    pc.close();
    return undefined;
  }
  const transport = new ChannelTransport(pc, channel);
  return {
    description,
    accept: (answer) => tells(pc, answer, 'answer'),
    opened: transport.opened,
    onDrained: (listener) => transport.onDrained(listener),
    close: () => transport.close(),
  };
}

async function tells(pc: RTCPeerConnection, description: NearbyDescription, type: RTCSdpType): Promise<boolean> {
  try {
    await pc.setRemoteDescription({ type, sdp: sdpOf(description, type) });
    return true;
  } catch (cause) {
    if (cause instanceof DOMException) return false;
    throw cause;
  }
}

function gathered(pc: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHER_MS);
    const look = (): void => {
      if (pc.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    };
    pc.addEventListener('icegatheringstatechange', look);
    look();
  });
}

class ChannelTransport implements Transport {
  readonly side = 'peer';
  readonly opened: Promise<Transport | undefined>;
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #early: Uint8Array[] = [];
  #listener: TransportListener | undefined;
  #binding: Uint8Array = new Uint8Array(0);
  #isClosed = false;

  constructor(pc: RTCPeerConnection, channel: RTCDataChannel) {
    this.#pc = pc;
    this.#channel = channel;
    const assemble = frameAssembler();
    channel.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
      const frame = assemble(new Uint8Array(event.data));
      if (frame === 'oversized') this.close();
      else if (frame !== undefined) this.#receive(frame);
    });
    channel.addEventListener('close', () => this.close());
    let wasOpen = false;
    pc.addEventListener('connectionstatechange', () => {
      // Who answers may be tried for minutes before the other side has read the answer: that is no failure yet.
      if (wasOpen && pc.connectionState === 'failed') this.close();
    });
    this.opened = new Promise((resolve) => {
      channel.addEventListener('open', () => {
        wasOpen = true;
        void bindingOf(pc).then((binding) => {
          this.#binding = binding;
          resolve(this);
        });
      });
      channel.addEventListener('close', () => resolve(undefined));
      pc.addEventListener('connectionstatechange', () => {
        if (pc.connectionState === 'closed') resolve(undefined);
      });
    });
  }

  get binding(): Uint8Array {
    return this.#binding;
  }

  send(frame: Uint8Array): void {
    if (!this.#isClosed) sendFrame(this.#channel, frame);
  }

  bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#channel.bufferedAmount;
  }

  onDrained(listener: (bufferedBytes: number) => void): void {
    this.#channel.addEventListener('bufferedamountlow', () => listener(this.bufferedBytes()));
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    for (const frame of this.#early.splice(0)) listener.onFrame(frame);
    if (this.#isClosed) listener.onClose();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channel.close();
    this.#pc.close();
    this.#listener?.onClose();
  }

  #receive(frame: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#listener === undefined) this.#early.push(frame);
    else this.#listener.onFrame(frame);
  }
}
