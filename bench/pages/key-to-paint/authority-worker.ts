/** The documents worker in small: authority, one change per pause, others' changes applied at the product's pace. */
import * as A from '@automerge/automerge/slim';
import wasmUrl from '@automerge/automerge/automerge.wasm?url';
import { SystemClock } from '../../../src/lib/adapters/platform/system-clock.ts';
import { SystemScheduler } from '../../../src/lib/adapters/platform/system-scheduler.ts';
import { ApplyPace } from '../../../src/lib/documents/apply-pace.ts';
import { PageAuthority } from '../../../src/lib/documents/page/page-authority.ts';
import type { StepBatch, StepPush } from '../../../src/lib/documents/page/page-authority.ts';
import { initializePage } from '../../../src/lib/documents/page/page-text.ts';
import type { PageDoc, PageDocument } from '../../../src/lib/documents/page/page-text.ts';
import { LINE, PARAGRAPHS, PEER_CHANGE_MS, PEER_CHANGES, peerPlace } from './text.ts';

const LONGEST_LIVE_MS = 250;

class BenchDocument {
  page: PageDoc;
  readonly authority: PageAuthority;
  readonly peerChanges: A.Change[] = [];
  readonly #inbox: A.Change[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #clock = new SystemClock();
  readonly #pace = new ApplyPace({
    clock: this.#clock,
    scheduler: new SystemScheduler(),
    apply: () => this.#apply(),
  });

  constructor() {
    const empty = A.change(A.init<PageDocument>({ actor: '00'.repeat(16) }), { time: 0 }, initializePage);
    this.page = A.change(empty, (draft) => {
      for (let i = 0, at = 0; i < PARAGRAPHS; i++, at += LINE.length + 1) {
        A.splitBlock(draft, ['text'], at, { type: new A.ImmutableString('paragraph') });
        A.splice(draft, ['text'], at + 1, 0, LINE);
      }
    });
    this.authority = PageAuthority.open(this.page);
    let peer = A.clone(this.page);
    for (let n = 0; n < PEER_CHANGES; n++) {
      const heads = A.getHeads(peer);
      peer = A.change(peer, (draft) => A.splice(draft, ['text'], peerPlace(n), 0, 'x'));
      this.peerChanges.push(...A.getChangesSince(peer, heads));
    }
  }

  push(push: StepPush): unknown {
    const outcome = this.authority.receiveSteps(push);
    this.#pace.noteKey();
    const batch = this.authority.stepsSince(push.version);
    if (batch !== undefined) tell(batch);
    this.#flushTimer ??= setTimeout(() => this.flush(), LONGEST_LIVE_MS);
    return outcome === 'accepted' ? { ok: true } : { ok: false, error: { code: 'stale-version' } };
  }

  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.page = this.authority.flush(this.page).page;
  }

  start(): void {
    let sent = 0;
    setInterval(() => {
      const change = this.peerChanges[sent++];
      if (change === undefined) return;
      this.#inbox.push(change);
      this.#pace.request('others');
    }, PEER_CHANGE_MS);
  }

  #apply(): void {
    const startMs = this.#clock.nowMs();
    this.flush();
    const before = this.page;
    const [after] = A.applyChanges(before, this.#inbox.splice(0));
    tell(this.authority.applyRemote(before, after));
    this.page = after;
    this.#pace.noteApplied(startMs, this.#clock.nowMs());
  }
}

function tell(batch: StepBatch): void {
  if (batch.steps.length > 0) postMessage({ event: { kind: 'steps', ...batch } });
}

// Listening begins before the wasm is there: a message that comes earlier would be lost.
const opening = A.initializeWasm(wasmUrl).then(() => new BenchDocument());

onmessage = async ({ data }: MessageEvent<{ id: number; name: string; argument: StepPush }>) => {
  const document = await opening;
  const calls: Record<string, () => unknown> = {
    prepare: () => true,
    join: () => ({ ok: true, value: { doc: document.authority.json, version: document.authority.version } }),
    push: () => document.push(data.argument),
    start: () => document.start(),
  };
  postMessage({ id: data.id, answer: calls[data.name]?.() });
};
