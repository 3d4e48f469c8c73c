/**
 * [S4] A bundle file is a link whose other side cannot answer: the frames of one space, written and read by the same
 * reconciler as every other. Export writes what a given frontier lacks; import is idempotent and keeps what was whole.
 */
import type { Clock } from '../foundation/clock.ts';
import type { SpaceId } from '../foundation/ids.ts';
import type { Random } from '../foundation/random.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import { BundleDecoder, bundleFrame, bundleHeader, bundleTrailer } from '../protocol/bundle.ts';
import { encodeFrame, FRAME_VERSION } from '../protocol/frames.ts';
import { FRAME_NONCE_BYTES, type FrontierChain } from '../protocol/sync-frames.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';
import type { OfferOutcome, SyncHost } from './sync-host.ts';
import type { Transport, TransportListener } from './transport.ts';

export interface BundlePorts {
  readonly host: SyncHost;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

export interface BundleReport {
  readonly space: SpaceId;
  readonly stored: number;
  readonly known: number;
  /** Kept until what they need arrives, or not attachable yet: another bundle or link will bring it. */
  readonly waiting: number;
  readonly refused: number;
}

const ENV_BYTE = 7;
const FRONTIER_BYTE = 5;
const FRAMES_PER_TURN = 256;

/** The file's pieces in order. `since` is what the reader is known to hold; nothing by default. */
export async function exportBundle(
  ports: BundlePorts,
  space: SpaceId,
  since: readonly FrontierChain[] = [],
): Promise<readonly Uint8Array[]> {
  const file = new FileTransport('write');
  const link = openLink(ports, { file, space });
  await link.settled();
  file.deliver(encodeFrame({ kind: 'frontier', space, mode: 'full', chains: since }));
  await link.settled();
  link.close();
  return [bundleHeader(space), ...file.written.map(bundleFrame), bundleTrailer(file.written.length)];
}

/** Reads a bundle given whole or in pieces. What was good before a failure stays stored. */
export async function importBundle(
  ports: BundlePorts,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Result<BundleReport>> {
  const decoder = new BundleDecoder();
  let reading: Reading | undefined;
  try {
    for await (const piece of pieces) {
      const frames = decoder.push(piece);
      if (!frames.ok) return frames;
      if (decoder.space === undefined) continue;
      reading ??= await Reading.begin(ports, decoder.space);
      if (reading === undefined) return fail('wrong-space', 'bundle of a space not known here');
      if (!(await reading.take(frames.value))) return fail('malformed', 'too many bad frames');
    }
    const whole = decoder.finish();
    if (!whole.ok) return whole;
    return reading === undefined ? fail('not-a-bundle') : ok(reading.report());
  } finally {
    reading?.end();
  }
}

class Reading {
  readonly #space: SpaceId;
  readonly #file = new FileTransport('read');
  readonly #link: Reconciler;
  readonly #counts = { stored: 0, known: 0, waiting: 0, refused: 0 };

  private constructor(ports: BundlePorts, space: SpaceId) {
    this.#space = space;
    this.#link = openLink(ports, {
      file: this.#file,
      space,
      onOutcome: ({ kind }) => this.#counts[countedAs(kind)]++,
    });
  }

  /** Undefined if the space is not one of the host's. */
  static async begin(ports: BundlePorts, space: SpaceId): Promise<Reading | undefined> {
    if (!(await ports.host.spaces({ side: 'file' })).includes(space)) return undefined;
    const reading = new Reading(ports, space);
    await reading.#link.settled();
    return reading;
  }

  /** False once the link gave up. */
  async take(frames: readonly Uint8Array[]): Promise<boolean> {
    for (let at = 0; at < frames.length; at += FRAMES_PER_TURN) {
      for (const frame of frames.slice(at, at + FRAMES_PER_TURN)) this.#file.deliver(frame);
      await this.#link.settled();
      if (this.#link.status().phase === 'closed') return false;
    }
    return true;
  }

  report(): BundleReport {
    return { space: this.#space, ...this.#counts };
  }

  end(): void {
    this.#link.close();
  }
}

function countedAs(kind: OfferOutcome['kind']): 'stored' | 'known' | 'waiting' | 'refused' {
  if (kind === 'stored' || kind === 'known') return kind;
  return kind === 'pending' || kind === 'gap' ? 'waiting' : 'refused';
}

/** A link that levels one space only, with the greeting that a file cannot give. */
function openLink(
  ports: BundlePorts,
  {
    file,
    space,
    onOutcome,
  }: { readonly file: FileTransport; readonly space: SpaceId; readonly onOutcome?: (outcome: OfferOutcome) => void },
): Reconciler {
  const { host } = ports;
  const link = createReconciler({
    ...ports,
    transport: file,
    host: {
      spaces: () => Promise.resolve([space]),
      frontier: (asked) => host.frontier(asked),
      read: (asked, device, fromSeq, limit) => host.read(asked, device, fromSeq, limit),
      offer: async (envelopes, from) => {
        const outcomes = await host.offer(envelopes, from);
        for (const outcome of outcomes) onOutcome?.(outcome);
        return outcomes;
      },
      onHeld: () => undefined,
      onEphemeral: () => undefined,
    },
  });
  const nonce = ports.random.bytes(FRAME_NONCE_BYTES);
  file.deliver(encodeFrame({ kind: 'hello', version: FRAME_VERSION, side: 'peer', nonce }));
  return link;
}

class FileTransport implements Transport {
  readonly side = 'file';
  readonly binding = new Uint8Array(0);
  readonly written: Uint8Array[] = [];
  readonly #mode: 'read' | 'write';
  #listener: TransportListener | undefined;

  constructor(mode: 'read' | 'write') {
    this.#mode = mode;
  }

  /** Only what means something to a reader is written. */
  send(frame: Uint8Array): void {
    if (this.#mode === 'write' && (frame[0] === ENV_BYTE || frame[0] === FRONTIER_BYTE)) this.written.push(frame);
  }
  /** A file that is being read takes nothing. */
  bufferedBytes(): number {
    return this.#mode === 'read' ? Infinity : 0;
  }
  listen(listener: TransportListener): void {
    this.#listener = listener;
  }
  close(): void {
    this.#listener = undefined;
  }
  deliver(frame: Uint8Array): void {
    this.#listener?.onFrame(frame);
  }
}
