/**
 * One page while editors have it open: accepts their steps, turns them into a change when the person pauses (300 ms),
 * at the latest after 1 s, or 250 ms while somebody else is live in the page; gives others' changes back as steps.
 */
import { fail, ok, type Failure, type Result } from '../foundation/result.ts';
import type { Scheduler } from '../foundation/scheduler.ts';
import type { Doc } from './automerge.ts';
import type { JoinedPage } from './documents.ts';
import type { PresenceNotice } from './entry-port.ts';
import { asPage, fromPage } from './page-kind.ts';
import { PageAuthority, type StepBatch, type StepPush } from './page/page-authority.ts';
import { encodePresence, type PresenceRoom, type RemotePresence, type TextCursor } from './presence-room.ts';
import type { Replica } from './replica.ts';
import type { RemoteCursor } from './views.ts';

const IDLE_MS = 300;
const LONGEST_ALONE_MS = 1_000;
const LONGEST_LIVE_MS = 250;

export interface PageSessionOptions {
  readonly replica: Replica;
  readonly scheduler: Scheduler;
  readonly room: PresenceRoom;
  readonly onSteps: (steps: StepBatch) => void;
  readonly onReset: (page: JoinedPage) => void;
  readonly onProblem: (failure: Failure) => void;
  readonly onCursors: (cursors: readonly RemoteCursor[]) => void;
  /** Steps were accepted that are not yet a change. */
  readonly onUnsaved: () => void;
  readonly sendPresence: (body: Uint8Array) => void;
}

export interface OwnCursor {
  readonly anchor: number;
  readonly head: number;
}

export class PageSession {
  readonly #options: PageSessionOptions;
  #authority: PageAuthority;
  #cancelIdle: (() => void) | undefined;
  #cancelLatest: (() => void) | undefined;
  #cursor: OwnCursor | undefined;
  #isCursorUnsent = false;
  /** As a place that others' edits do not move; what a heartbeat repeats. */
  #sent: TextCursor | undefined;

  constructor(options: PageSessionOptions) {
    this.#options = options;
    this.#authority = PageAuthority.open(asPage(options.replica.doc));
  }

  page(): JoinedPage {
    return { doc: this.#authority.json, version: this.#authority.version };
  }

  /** A refused push is followed by what the editor needs: the steps it lacks, or the page anew. */
  receiveSteps(push: StepPush): Result<void> {
    const outcome = this.#authority.receiveSteps(push);
    this.#options.replica.noteKey();
    if (outcome === 'accepted') {
      this.#tellSteps({ version: push.version, steps: push.steps, clientIds: push.steps.map(() => push.clientId) });
      if (!this.#authority.hasPending) return ok(undefined);
      this.#options.onUnsaved();
      this.#scheduleFlush();
      return ok(undefined);
    }
    const missing = outcome === 'stale' ? this.#authority.stepsSince(push.version) : undefined;
    if (missing === undefined) this.#options.onReset(this.page());
    else this.#tellSteps(missing);
    return outcome === 'stale' ? fail('stale-version') : fail('invalid-edit', 'steps do not fit the page');
  }

  /** Makes one change of the steps accepted so far. */
  flush(): void {
    this.#cancelIdle?.();
    this.#cancelLatest?.();
    this.#cancelIdle = undefined;
    this.#cancelLatest = undefined;
    if (this.#authority.hasPending) {
      this.#options.replica.commit((doc) => {
        const { page, corrections } = this.#authority.flush(asPage(doc), { time: 0 });
        this.#tellSteps(corrections);
        return fromPage(page);
      });
    }
    if (this.#isCursorUnsent) this.#sendCursor();
  }

  /** Others' changes are in the document; `flush` was called before they were applied. */
  takeRemote(before: Doc, after: Doc): void {
    try {
      this.#tellSteps(this.#authority.applyRemote(asPage(before), asPage(after)));
    } catch (cause) {
      // What others wrote must not end the session: the page as the document has it is the truth.
      this.#options.onProblem({ code: 'malformed', detail: String(cause) });
      this.restart();
    }
    this.emitCursors();
  }

  /** The editors begin again from the page as the document has it. */
  restart(): void {
    this.#authority = PageAuthority.open(asPage(this.#options.replica.doc));
    this.#options.onReset(this.page());
  }

  /** Own caret; told with the next change when there are steps that the document does not have yet. */
  setCursor(cursor: OwnCursor | undefined): void {
    this.#cursor = cursor;
    this.#isCursorUnsent = true;
    if (!this.#authority.hasPending) this.#sendCursor();
  }

  receivePresence(notice: PresenceNotice): void {
    if (this.#options.room.receive(notice)) this.emitCursors();
  }

  emitCursors(): void {
    this.#options.onCursors(this.#options.room.others().flatMap((other) => this.#placeCursor(other)));
  }

  stop(): void {
    this.flush();
    this.#options.sendPresence(new Uint8Array(0));
  }

  /** Says again that this editor is here, caret included. */
  announce(): void {
    this.#options.sendPresence(encodePresence(this.#sent));
  }

  #tellSteps(batch: StepBatch): void {
    if (batch.steps.length > 0) this.#options.onSteps(batch);
  }

  #scheduleFlush(): void {
    const { scheduler, room } = this.#options;
    const isLive = room.others().length > 0;
    const flush = (): void => this.flush();
    this.#cancelIdle?.();
    this.#cancelIdle = scheduler.after(IDLE_MS, flush);
    this.#cancelLatest ??= scheduler.after(isLive ? LONGEST_LIVE_MS : LONGEST_ALONE_MS, flush);
  }

  #sendCursor(): void {
    this.#isCursorUnsent = false;
    const doc = asPage(this.#options.replica.doc);
    const anchor = this.#cursor === undefined ? undefined : this.#authority.cursorAt(doc, this.#cursor.anchor);
    const head = this.#cursor === undefined ? undefined : this.#authority.cursorAt(doc, this.#cursor.head);
    this.#sent = anchor === undefined || head === undefined ? undefined : { anchor, head };
    this.announce();
  }

  #placeCursor(other: RemotePresence): readonly RemoteCursor[] {
    if (other.cursor === undefined) return [];
    const doc = asPage(this.#options.replica.doc);
    const anchor = this.#authority.positionOf(doc, other.cursor.anchor);
    const head = this.#authority.positionOf(doc, other.cursor.head);
    if (anchor === undefined || head === undefined) return [];
    const { session, member, device } = other;
    return [{ session, member, device, anchor, head }];
  }
}
