import { beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { Deed, HistoryLine, LateWork } from '$lib/engine/stewardship/stewardship-calls.ts';
import type { DeviceId, EnvelopeId, MemberId } from '$lib/foundation/ids.ts';
import People from '../people/People.svelte';
import { BOARD, indexItem, openWorld, putOnStage, type World } from '../testing/stage.ts';
import { member } from '../testing/memory-engine.ts';
import HistoryScreen from './HistoryScreen.svelte';
import LateWorkScreen from './LateWorkScreen.svelte';

beforeEach(async () => page.viewport(360, 640));

const ALICE = { member: 'a0'.repeat(16) as MemberId, name: 'Alice', isSelf: true };
const BOB = { member: 'b1'.repeat(16) as MemberId, name: 'Bob', isSelf: false };

function deed(number: number, more: Partial<Deed> = {}): Deed {
  return {
    id: String(number).padStart(64, '0') as EnvelopeId,
    deed: 'remove',
    author: ALICE,
    subject: BOB,
    role: undefined,
    device: '',
    count: 0,
    reason: '',
    claimedTime: Date.UTC(2026, 10, 24, 9),
    ...more,
  };
}

function lateWork(more: Partial<LateWork> = {}): LateWork {
  return {
    device: 'b1'.repeat(32) as DeviceId,
    author: BOB,
    document: BOARD,
    envelopes: ['e1'.repeat(32) as EnvelopeId],
    changes: 3,
    bytes: 1234,
    firstAt: Date.UTC(2026, 10, 24, 10),
    lastAt: Date.UTC(2026, 10, 24, 11),
    isSetAside: false,
    cause: deed(1),
    ...more,
  };
}

function worldWithLateWork(role: 'owner' | 'reader' = 'owner'): World {
  const world = openWorld([indexItem(BOARD, 'board', 'Repairs')]);
  const [summary] = world.engine.all;
  if (summary !== undefined) world.engine.all = [{ ...summary, role }];
  world.engine.late = [lateWork()];
  return world;
}

test('[M8] Alice sees whose work waits, where and why, and takes it in with a reason', async () => {
  await putOnStage(worldWithLateWork(), LateWorkScreen, {});
  const row = page.getByRole('list', { name: 'Waiting for a decision' }).getByRole('listitem');
  await expect
    .poll(() => row.element().textContent)
    .toMatch(/Bob, in “Repairs”.*3 changes.*Alice \(you\) removed Bob/su);
  await row.getByRole('button', { name: 'Take in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take in Bob’s work?' });
  await expect.element(dialog.getByRole('button', { name: 'Take in' })).toBeDisabled();
  await dialog.getByLabelText('Reason').fill('He was on the mountain');
  await dialog.getByRole('button', { name: 'Take in' }).click();
  await expect.element(page.getByText('Nothing waits')).toBeVisible();
  await expect.element(page.getByText('The work is in the document.')).toBeVisible();
});

test('[M8] a reader sees that something waits and who decides, and no button', async () => {
  await putOnStage(worldWithLateWork('reader'), LateWorkScreen, {});
  await expect.element(page.getByText('An admin of the space decides about it.')).toBeVisible();
  expect(page.getByRole('button', { name: 'Take in' }).elements()).toHaveLength(0);
});

test('[M5] what was turned round is said in words, until Alice has read it', async () => {
  const world = openWorld();
  const line: HistoryLine = {
    ...deed(2, { author: BOB, subject: ALICE }),
    standing: { kind: 'void', reason: 'revoked', because: deed(1) },
  };
  world.engine.turned = {
    operations: [line],
    members: [{ who: ALICE, was: { isActive: false, role: 'owner' }, now: { isActive: true, role: 'owner' } }],
  };
  await putOnStage(world, People, { isInviting: false });
  const notice = page.getByRole('status', { name: 'Something that came late changed an outcome' });
  await expect
    .poll(() => notice.element().textContent)
    .toMatch(
      /“Bob removed Alice \(you\)”\. Does not count: “Alice \(you\) removed Bob” came at the same time and prevails\..*Alice \(you\): a member again\./su,
    );
  await notice.getByRole('button', { name: 'Understood' }).click();
  await expect.element(notice).not.toBeInTheDocument();
});

test('the history comes in pages, and says of each line whether it counts', async () => {
  const world = openWorld();
  world.engine.history = Array.from({ length: 60 }, (_, at) => ({
    ...deed(at, { subject: { ...BOB, name: `Bob ${String(at)}` } }),
    standing: at === 0 ? { kind: 'void', reason: 'cycle', because: undefined } : { kind: 'counts' },
  }));
  await putOnStage(world, HistoryScreen, {});
  const lines = page.getByRole('list', { name: 'Operations, newest first' }).getByRole('listitem');
  await expect.poll(() => lines.first().element().textContent).toMatch(/Alice \(you\) removed Bob 0.*Does not count/su);
  expect(lines.elements()).toHaveLength(50);
  await page.getByRole('button', { name: 'Show earlier' }).click();
  await expect.poll(() => lines.elements().length).toBe(60);
});

test('each role says what it may do, and lowering one what becomes of unseen work; by keyboard alone', async () => {
  await putOnStage(openWorld(), People, { isInviting: false });
  const menu = page.getByRole('button', { name: 'Actions for Bob' });
  (menu.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('menuitem', { name: 'Change role…' })).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  const dialog = page.getByRole('dialog', { name: 'Role of Bob' });
  for (const role of ['Owner', 'Admin', 'Editor', 'Commenter', 'Reader'])
    await expect.element(dialog.getByRole('radio', { name: role })).toBeVisible();
  await expect.element(dialog.getByText('Reads everything, writes nothing.')).toBeVisible();
  await dialog.getByRole('radio', { name: 'Reader' }).click();
  await expect.element(dialog.getByText(/What Bob writes before hearing of it/u)).toBeVisible();
});

test('[M2] the only owner is told to hand over first; an ownerless space may be taken over by the highest', async () => {
  const world = openWorld();
  await putOnStage(world, People, { isInviting: false });
  await page.getByRole('button', { name: 'Leave the space' }).click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText(/You are the only owner/u)).toBeVisible();
  expect(dialog.getByRole('button', { name: 'Leave the space' }).elements()).toHaveLength(0);

  const ownerless = openWorld();
  ownerless.engine.people = [member('a0', 'Alice', 'admin'), member('c2', 'Carol', 'reader')];
  ownerless.engine.all = ownerless.engine.all.map((summary) => ({ ...summary, role: 'admin' as const }));
  await putOnStage(ownerless, People, { isInviting: false });
  await expect.element(page.getByRole('button', { name: 'Take over the space' })).toBeVisible();
});
