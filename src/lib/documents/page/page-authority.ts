/**
 * One page on this device, as its editors see it: the prosemirror-collab authority. It holds the page, takes steps from
 * editors at once, writes them to Automerge when asked, and turns what came from others into steps.
 *
 * Life: `open(page)` → `receiveSteps` … → `page = flush(page).page` → `after = applyChanges(page, …)` →
 * `applyRemote(page, after)`. The page given must be the one last returned; `flush` comes before `applyRemote`.
 * Steps that flush or applyRemote give are already part of `doc` and `version`: send them to the editors.
 */
import { change, diff, getCursor, getCursorPosition, getHeads } from '@automerge/automerge/slim';
import type { Cursor, Patch } from '@automerge/automerge/slim';
import type { Node } from 'prosemirror-model';
import { AddMarkStep, AttrStep, RemoveMarkStep, Step } from 'prosemirror-transform';
import { assert } from '../../foundation/assert.ts';
import type { PageNodeJson } from '../views.ts';
import { ChangedRanges } from './changed-ranges.ts';
import { writePage } from './page-binding.ts';
import { applyPatches } from './page-patches.ts';
import type { PatchedPage } from './page-patches.ts';
import { blockAt, projectPage } from './page-projection.ts';
import { PageModel } from './page-model.ts';
import { pageSchema } from './page-schema.ts';
import { differingBlocks, differingUnits, stepsBetween } from './page-steps.ts';
import { PAGE_TEXT } from './page-text.ts';
import type { PageDoc, PageDocument } from './page-text.ts';

/** The client id under which steps from other devices reach the editors. */
export const REMOTE_CLIENT = 'remote';
const MAX_KEPT_STEPS = 5_000;

export interface StepPush {
  readonly version: number;
  readonly steps: readonly unknown[];
  readonly clientId: string;
}

/** Steps that lead from `version` on, for an event to every editor of the page. */
export interface StepBatch {
  readonly version: number;
  readonly steps: readonly unknown[];
  readonly clientIds: readonly string[];
}

/** `stale`: send `stepsSince(version)`; `invalid`: the steps do not fit the page, give the editor the page anew. */
export type PushOutcome = 'accepted' | 'stale' | 'invalid';

export interface FlushedPage {
  readonly page: PageDoc;
  /** Nearly always empty: corrections of what no page can hold (half a character, a depth out of bounds). */
  readonly corrections: StepBatch;
}

export interface FlushOptions {
  /** Seconds since 1970 for the change; 0 when no clock may be told. */
  readonly time?: number;
}

export class PageAuthority {
  /** What Automerge has. */
  #base: PageModel;
  #heads: string;
  /** What the editors have: the base and the steps not yet written. */
  #doc: Node;
  #pending = new ChangedRanges();
  #steps: unknown[] = [];
  #clientIds: string[] = [];
  #firstVersion = 0;

  private constructor(page: PageDoc) {
    this.#base = projectPage(page);
    this.#heads = headsOf(page);
    this.#doc = this.#base.doc;
  }

  static open(page: PageDoc): PageAuthority {
    return new PageAuthority(page);
  }

  get version(): number {
    return this.#firstVersion + this.#steps.length;
  }
  get doc(): Node {
    return this.#doc;
  }
  get json(): PageNodeJson {
    return this.#doc.toJSON() as PageNodeJson;
  }
  get hasPending(): boolean {
    return !this.#pending.isEmpty;
  }

  receiveSteps(push: StepPush): PushOutcome {
    if (push.version !== this.version) return 'stale';
    const steps = applyAll(this.#doc, push.steps);
    if (steps === undefined) return 'invalid';
    this.#doc = steps.doc;
    for (const step of steps.steps) noteStep(this.#pending, step);
    this.#append(push.steps, push.clientId);
    return 'accepted';
  }

  /** Undefined when the version is too old (or unknown): then the editor starts again from `json`. */
  stepsSince(version: number): StepBatch | undefined {
    if (version < this.#firstVersion || version > this.version) return undefined;
    const from = version - this.#firstVersion;
    return { version, steps: this.#steps.slice(from), clientIds: this.#clientIds.slice(from) };
  }

  /** Writes every step not yet written in one change; the page is the same one when there was nothing to write. */
  flush(page: PageDoc, options: FlushOptions = {}): FlushedPage {
    assert(headsOf(page) === this.#heads, 'the page to flush into is the one the authority last saw');
    const from = this.version;
    if (!this.hasPending) return { page, corrections: this.#batchSince(from) };
    let written = this.#write(page, options, { ranges: this.#pending, marks: 'inherited' });
    let base = this.#follow(page, written.page, written.patches).model;
    if (!base.doc.eq(this.#doc)) {
      // Typed text inherited a mark it should not have, or a block without marker needs one: say it explicitly.
      this.#base = base;
      const ranges = new ChangedRanges();
      const range = differingBlocks(base.doc, this.#doc);
      if (range !== undefined) ranges.add(range.fromA, range.toA, range.toB - range.fromB);
      const before = written.page;
      written = this.#write(before, options, { ranges, marks: 'stated' });
      base = this.#follow(before, written.page, written.patches).model;
    }
    this.#settle(base);
    this.#heads = headsOf(written.page);
    return { page: written.page, corrections: this.#batchSince(from) };
  }

  /** `before` is the page last flushed, `after` the same with others' changes. */
  applyRemote(before: PageDoc, after: PageDoc): StepBatch {
    assert(!this.hasPending, 'local steps are flushed before remote changes are applied');
    assert(headsOf(before) === this.#heads, 'remote changes follow the page the authority last saw');
    const version = this.version;
    const { model, ranges } = this.#follow(before, after, diff(after, getHeads(before), getHeads(after)));
    const steps = stepsBetween(this.#base, model, ranges.all);
    this.#append(
      steps.map((step) => step.toJSON() as unknown),
      REMOTE_CLIENT,
    );
    this.#base = model;
    this.#doc = model.doc;
    this.#heads = headsOf(after);
    return this.#batchSince(version);
  }

  /** A place that survives everybody's edits, for sending a caret to other devices. */
  cursorAt(page: PageDoc, position: number): Cursor {
    const flat = this.#base.flatOf(Math.min(this.#pending.toA(position), this.#base.doc.content.size));
    return getCursor(page, [PAGE_TEXT], flat);
  }

  /** Undefined when the cursor is of another page or of characters not yet here. */
  positionOf(page: PageDoc, cursor: Cursor): number | undefined {
    const flat = findCursor(page, cursor);
    if (flat === undefined) return undefined;
    const position = this.#base.positionAfter(flat);
    const at = this.#base.doc.resolve(position);
    const inside = at.depth === 0 && at.nodeAfter?.isTextblock === true ? position + 1 : position;
    return Math.min(this.#pending.toB(inside), this.#doc.content.size);
  }

  #write(
    page: PageDoc,
    options: FlushOptions,
    how: { ranges: ChangedRanges; marks: 'inherited' | 'stated' },
  ): { page: PageDoc; patches: readonly Patch[] } {
    let patches: readonly Patch[] = [];
    const patchCallback = (all: Patch[]): void => {
      patches = all;
    };
    const written = change<PageDocument>(page, { ...options, patchCallback }, (draft) => {
      if (typeof page.text !== 'string') draft.text = '';
      writePage(draft, { base: this.#base, target: this.#doc, ranges: how.ranges.all, marks: how.marks });
    });
    return { page: written, patches };
  }

  #follow(before: PageDoc, after: PageDoc, patches: readonly Patch[]): PatchedPage {
    const readBlock = (index: number): Node | undefined => blockAt(after, index);
    const patched = typeof before.text === 'string' ? applyPatches(this.#base, patches, readBlock) : undefined;
    if (patched !== undefined) return patched;
    const model = projectPage(after);
    const ranges = new ChangedRanges();
    for (const { fromA, toA, fromB, toB } of differingUnits(this.#base, model)) ranges.add(fromA, toA, toB - fromB);
    return { model, ranges };
  }

  /** The base becomes what Automerge has; where that differs from what the editors have, they follow. */
  #settle(base: PageModel): void {
    if (!base.doc.eq(this.#doc)) {
      const mine = new PageModel(this.#doc);
      const steps = stepsBetween(mine, base, differingUnits(mine, base));
      this.#append(
        steps.map((step) => step.toJSON() as unknown),
        REMOTE_CLIENT,
      );
    }
    this.#base = base;
    this.#doc = base.doc;
    this.#pending = new ChangedRanges();
  }

  #append(steps: readonly unknown[], clientId: string): void {
    this.#steps.push(...steps);
    for (let i = 0; i < steps.length; i++) this.#clientIds.push(clientId);
    const excess = this.#steps.length - MAX_KEPT_STEPS;
    if (excess < MAX_KEPT_STEPS) return;
    this.#steps = this.#steps.slice(excess);
    this.#clientIds = this.#clientIds.slice(excess);
    this.#firstVersion += excess;
  }

  #batchSince(version: number): StepBatch {
    return this.stepsSince(version) ?? { version: this.version, steps: [], clientIds: [] };
  }
}

function headsOf(page: PageDoc): string {
  return getHeads(page).join();
}

function findCursor(page: PageDoc, cursor: Cursor): number | undefined {
  try {
    return getCursorPosition(page, [PAGE_TEXT], cursor);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** All steps or none: undefined when one of them does not apply or leaves a block no page can have. */
function applyAll(
  doc: Node,
  json: readonly unknown[],
): { readonly doc: Node; readonly steps: readonly Step[] } | undefined {
  try {
    const steps: Step[] = [];
    let current = doc;
    for (const each of json) {
      const step = Step.fromJSON(pageSchema, each);
      if (isInverted(step)) return undefined;
      const result = step.apply(current);
      if (result.doc === null) return undefined;
      steps.push(step);
      checkChanged(current, result.doc);
      current = result.doc;
    }
    return { doc: current, steps };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Ends before it begins: applied all the same, it would double what lies between, and its map would not say so. */
function isInverted(step: Step): boolean {
  return (step instanceof AddMarkStep || step instanceof RemoveMarkStep) && step.to < step.from;
}

function checkChanged(before: Node, after: Node): void {
  const range = differingBlocks(before, after);
  if (range === undefined) return;
  if (after.childCount === 0) throw new RangeError('a page has at least one block');
  after.nodesBetween(range.fromB, range.toB, (node, _position, parent) => {
    if (parent === after) node.check();
    return parent === null;
  });
}

function noteStep(pending: ChangedRanges, step: Step): void {
  if (step instanceof AddMarkStep || step instanceof RemoveMarkStep)
    pending.add(step.from, step.to, step.to - step.from);
  else if (step instanceof AttrStep) pending.add(step.pos, step.pos + 1, 1);
  else {
    step.getMap().forEach((oldStart, oldEnd, newStart, newEnd) => {
      pending.add(newStart, newStart + oldEnd - oldStart, newEnd - newStart);
    });
  }
}
