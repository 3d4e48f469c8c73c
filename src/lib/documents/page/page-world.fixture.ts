/** Three devices with one page between them, edited and delivered at random; throws at the first disagreement. */
import * as A from '@automerge/automerge';
import type { Node } from 'prosemirror-model';
import { Step } from 'prosemirror-transform';
import { assert } from '../../foundation/assert.ts';
import { PageAuthority } from './page-authority.ts';
import type { StepBatch } from './page-authority.ts';
import { projectPage } from './page-projection.ts';
import { pageSchema } from './page-schema.ts';
import { initializePage } from './page-text.ts';
import type { PageDoc, PageDocument } from './page-text.ts';
import { randomEdit, seededPick } from './random-page-edit.fixture.ts';
import type { Pick } from './random-page-edit.fixture.ts';

const STEPS = 80;

export interface WorldOutcome {
  /** Steps by which editors had to follow after a flush. */
  readonly corrections: number;
  /** Flushes that needed a second change. */
  readonly rewrites: number;
  readonly flushes: number;
}

class Device {
  page: PageDoc;
  readonly authority: PageAuthority;
  /** What an editor that only follows events shows. */
  mirror: Node;
  corrections = 0;
  rewrites = 0;
  flushes = 0;

  constructor(first: Uint8Array, actor: string) {
    this.page = A.load<PageDocument>(first, { actor });
    this.authority = PageAuthority.open(this.page);
    this.mirror = this.authority.doc;
  }

  edit(pick: Pick): void {
    const transform = randomEdit(this.authority.doc, pick);
    const steps = transform.steps.map((step) => step.toJSON() as unknown);
    const version = this.authority.version;
    const outcome = this.authority.receiveSteps({ version, steps, clientId: 'editor' });
    assert(outcome === 'accepted', `valid steps are ${outcome}`);
    this.#follow({ version, steps, clientIds: [] });
  }

  flush(): void {
    const before = this.page;
    const shown = this.authority.doc;
    const { page, corrections } = this.authority.flush(before);
    assert(corrections.steps.length === 0 || isOdd(shown), `no correction of a plain page: ${String(shown)}`);
    this.page = page;
    const changes = A.getChanges(before, page).length;
    if (changes > 0) this.flushes++;
    if (changes > 1) this.rewrites++;
    this.corrections += corrections.steps.length;
    this.#follow(corrections);
    if (changes > 0) this.check();
  }

  /** What another device has and this one has not. */
  missingFrom(other: Device): A.Change[] {
    const known = new Set(A.getAllChanges(this.page).map(nameOf));
    return A.getAllChanges(other.page).filter((change) => !known.has(nameOf(change)));
  }

  receive(changes: A.Change[]): void {
    this.flush();
    const before = this.page;
    const [after] = A.applyChanges(before, changes);
    this.#follow(this.authority.applyRemote(before, after));
    this.page = after;
    this.check();
  }

  check(): void {
    const { doc, implicit } = projectPage(this.page);
    this.authority.doc.check();
    assert(this.authority.doc.eq(doc), `the page is its projection: ${String(this.authority.doc)} / ${String(doc)}`);
    assert(this.mirror.eq(doc), 'an editor that follows shows the same');
    assert(implicit.size <= doc.childCount, 'implicit blocks are blocks');
  }

  #follow(batch: StepBatch): void {
    for (const json of batch.steps) {
      const { doc, failed } = Step.fromJSON(pageSchema, json).apply(this.mirror);
      if (doc === null) throw new Error(failed ?? 'step does not apply');
      this.mirror = doc;
    }
  }
}

/** A change begins with a checksum of itself. */
function nameOf(change: A.Change): string {
  return change.subarray(0, 32).join();
}

/**
 * Holds half a character, a raw line end outside code, or foreign marks in an order of the editor's own: what only a
 * correction can settle.
 */
function isOdd(page: Node): boolean {
  let odd = false;
  page.descendants((node, _position, parent) => {
    if (node.text?.includes('\n') === true && parent?.type.spec.code !== true) odd = true;
    if (
      /\p{Surrogate}/u.test(node.text ?? '') ||
      node.marks.filter((mark) => mark.type.name === 'unknown_mark').length > 1
    )
      odd = true;
  });
  return odd;
}

export function playWorld(seed: number): WorldOutcome {
  const pick = seededPick(seed);
  const first = A.save(A.change(A.init<PageDocument>({ actor: '00'.repeat(16) }), { time: 0 }, initializePage));
  const devices = [0, 1, 2].map((index) => new Device(first, `a${String(index)}`.repeat(16)));
  const at = (index: number): Device => devices[index] as Device;
  for (let step = 0; step < STEPS; step++) {
    const device = at(pick(3));
    for (let i = pick(3); i >= 0; i--) device.edit(pick);
    if (pick(2) === 0) device.flush();
    if (pick(4) === 0) {
      const sender = at(pick(3));
      const missing = device.missingFrom(sender);
      device.receive(missing.slice(0, 1 + pick(missing.length + 1)));
    }
  }
  for (const device of devices) device.flush();
  for (let round = 0; round < 2; round++) {
    for (const receiver of devices) {
      for (const sender of devices) receiver.receive(receiver.missingFrom(sender));
    }
  }
  const heads = new Set(devices.map((device) => A.getHeads(device.page).join()));
  assert(heads.size === 1, 'all devices hold the same changes');
  for (const device of devices) assert(device.authority.doc.eq(at(0).authority.doc), 'all devices show the same page');
  const total = (of: 'corrections' | 'rewrites' | 'flushes'): number =>
    devices.reduce((sum, device) => sum + device[of], 0);
  return { corrections: total('corrections'), rewrites: total('rewrites'), flushes: total('flushes') };
}
