/** [S4] A space as a file: the same frames as on a link, records of governance first. Import is idempotent. */
import type { SpaceId } from '../foundation/ids.ts';
import { fail, ok, type Result } from '../foundation/result.ts';
import type { LogStore } from '../log/log-store.ts';
import { BundleDecoder, encodeBundle } from '../protocol/bundle.ts';
import { decodeFrame, encodeFrame } from '../protocol/frames.ts';
import type { EngineHost } from './engine-host.ts';

export interface ImportReport {
  readonly space: SpaceId;
  readonly stored: number;
  readonly known: number;
  readonly refused: number;
}

const PAGE = 256;

export class BundleFiles {
  readonly #store: LogStore;
  readonly #host: EngineHost;

  constructor({ store, host }: { readonly store: LogStore; readonly host: EngineHost }) {
    this.#store = store;
    this.#host = host;
  }

  /** In order of arrival: every chain is dense in it, and whoever was let in stands before what they wrote. */
  async export(space: SpaceId): Promise<Result<Uint8Array>> {
    const frames: Uint8Array[] = [];
    for (let afterPosition = 0; ; ) {
      const page = await this.#store.read(space, { by: 'arrival', afterPosition, limit: PAGE });
      for (const entry of page) frames.push(encodeFrame({ kind: 'env', bytes: entry.bytes }));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return ok(encodeBundle(space, frames));
      afterPosition = last.position;
    }
  }

  /** Nothing is stored of a file that is cut or altered in its frame; what its envelopes are worth is judged one by one. */
  async import(bytes: Uint8Array): Promise<Result<ImportReport>> {
    const decoder = new BundleDecoder();
    const frames = decoder.push(bytes);
    if (!frames.ok) return frames;
    const whole = decoder.finish();
    if (!whole.ok) return whole;
    const { space } = decoder;
    if (space === undefined) return fail('not-a-bundle');
    const envelopes = frames.value.flatMap((frame) => {
      const decoded = decodeFrame(frame);
      return decoded.ok && decoded.value.kind === 'env' ? [decoded.value.bytes] : [];
    });
    return this.#take(space, envelopes);
  }

  /** A newcomer learns from early entries who wrote the later ones, so what had to wait is offered again. */
  async #take(space: SpaceId, envelopes: readonly Uint8Array[]): Promise<Result<ImportReport>> {
    const report = { space, stored: 0, known: 0, refused: 0 };
    for (let offered = envelopes; offered.length > 0; ) {
      const waiting: Uint8Array[] = [];
      for (let at = 0; at < offered.length; at += PAGE) {
        const page = offered.slice(at, at + PAGE);
        (await this.#host.offer(page, { side: 'file' })).forEach((outcome, i) => {
          const envelope = page[i];
          if (outcome.kind === 'stored') report.stored++;
          else if (outcome.kind === 'known') report.known++;
          else if (outcome.kind === 'refused' && outcome.code === 'wrong-space') report.refused = envelopes.length;
          else if (outcome.kind === 'refused' || outcome.kind === 'fork') report.refused++;
          else if (envelope !== undefined) waiting.push(envelope);
        });
      }
      if (report.refused === envelopes.length && report.stored === 0 && envelopes.length > 0) return fail('wrong-space', 'this device has no keys there');
      if (waiting.length === offered.length) {
        report.refused += waiting.length;
        break;
      }
      offered = waiting;
    }
    return ok(report);
  }
}
