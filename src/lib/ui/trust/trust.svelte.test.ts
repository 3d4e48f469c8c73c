import { beforeEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { NoticeView } from '$lib/engine/trust/trust-calls.ts';
import type { ContactView } from '$lib/engine/trust/contacts.ts';
import type { ClaimId, IdentityKey, InviteId } from '$lib/foundation/ids.ts';
import { EnvironmentError } from '$lib/foundation/result.ts';
import { errorSentence } from '../error-sentences.ts';
import { member, SPACE } from '../testing/memory-engine.ts';
import { SAFETY_NUMBER } from '../testing/memory-trust.ts';
import { openWorld, putOnStage } from '../testing/stage.ts';
import People from '../people/People.svelte';
import Contact from './Contact.svelte';
import SecurityNotices from './SecurityNotices.svelte';
import Waiting from './Waiting.svelte';

const BOB = 'b1'.repeat(32) as IdentityKey;
const AT = Date.UTC(2026, 10, 24, 12);

const bob: ContactView = {
  identity: BOB,
  name: 'Bob',
  verifiedAt: undefined,
  doubt: undefined,
  places: [{ space: SPACE, member: member('b1', 'Bob', 'editor').member }],
};

function notice(kind: NoticeView['kind'], more: Partial<NoticeView> = {}): NoticeView {
  const rest = { device: undefined, since: undefined, isSeen: false, isResolved: false, hasProof: false };
  return { id: kind, kind, name: 'Bob', at: AT, ...rest, ...more };
}

beforeEach(async () => page.viewport(360, 640));

test('[C4] each alarm says what happened, what it means and what to do, and goes only when it was read', async () => {
  const world = openWorld();
  world.engine.notices = [
    notice('gap'),
    notice('fork', { hasProof: true }),
    notice('stale', { since: AT, name: '' }),
    notice('own-fork'),
    notice('wrong-box', { isSeen: true }),
  ];
  await putOnStage(world, SecurityNotices, {});
  const items = page.getByRole('list', { name: 'Security notices' }).getByRole('listitem');
  await expect.poll(() => items.elements().length).toBe(5);
  for (const item of items.elements()) expect(item.querySelectorAll('p').length).toBe(3);
  const fork = items.filter({ hasText: 'A device of Bob wrote two different histories' });
  await expect.element(fork.getByRole('button', { name: 'Save the proof' })).toBeVisible();
  await expect.element(items.filter({ hasText: 'Nobody has confirmed what you see since' })).toBeVisible();
  await expect.poll(() => page.getByRole('button', { name: 'I have read this' }).elements().length).toBe(4);
  await fork.getByRole('button', { name: 'I have read this' }).click();
  world.engine.tell({ kind: 'notices', space: SPACE });
  await expect.poll(() => page.getByRole('button', { name: 'I have read this' }).elements().length).toBe(3);
  await expect.poll(() => items.elements().length).toBe(5);
});

test('[I6] sixty digits and a code to compare; another number sets no mark, the same one does', async () => {
  const world = openWorld();
  world.engine.known = [bob];
  await putOnStage(world, Contact, { identity: BOB });
  const digits = page.getByRole('list', { name: 'Safety number' }).getByRole('listitem');
  await expect.poll(() => digits.elements().map((each) => each.textContent)).toEqual(SAFETY_NUMBER.groups);
  await expect.element(page.getByRole('img', { name: 'QR code of the safety number' })).toBeVisible();
  const field = page.getByLabelText('Number from their screen');
  await field.fill('something else');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect.element(page.getByText('The two safety numbers differ', { exact: false })).toBeVisible();
  expect(world.engine.known[0]?.verifiedAt).toBeUndefined();
  await field.fill(SAFETY_NUMBER.code);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  world.engine.tell({ kind: 'contacts' });
  await expect.element(page.getByText('Verified', { exact: true })).toBeVisible();
});

test('[I6] a member who is not whom one verified is told as such, and a request under a verified name waits for a look', async () => {
  const world = openWorld();
  const doubt = { kind: 'same-name', verifiedName: 'Bob', isSeen: false } as const;
  world.engine.known = [{ ...bob, doubt: { kind: 'changed', verifiedName: 'Bob', isSeen: true } }];
  world.engine.requests = [
    {
      request: 'c1'.repeat(32) as ClaimId,
      invite: 'd1'.repeat(16) as InviteId,
      name: 'Bob',
      role: 'admin',
      identity: 'e1'.repeat(32) as IdentityKey,
      askedAt: AT,
      digits: '123456',
      doubt,
    },
  ];
  await putOnStage(world, People, { isInviting: false });
  const row = page.getByRole('list', { name: 'Members' }).getByRole('listitem').filter({ hasText: 'Bob' });
  await expect.element(row.getByText('Not the person you verified')).toBeVisible();
  const door = page.getByRole('region', { name: 'Waiting to be let in' });
  await expect.element(door.getByRole('img', { name: 'Digits of Bob: 1 2 3 4 5 6' })).toBeVisible();
  await expect.element(door.getByRole('button', { name: 'I have seen this' })).toBeVisible();
  expect(door.getByRole('button', { name: 'Same digits: let in' }).elements()).toHaveLength(0);
});

test.each([
  ['compare', 'Read these digits to Alice'],
  ['refused', 'Your request was refused'],
  ['expired', 'This invitation has expired'],
  ['used', 'This invitation was already used'],
  ['revoked', 'This invitation was withdrawn'],
] as const)('[I3] who waits reads that it is %s', async (state, title) => {
  const world = openWorld();
  const digits = state === 'compare' ? '654321' : undefined;
  world.engine.awaited = { space: SPACE, state, digits, host: 'Alice', expiresAt: AT, approve: true };
  await putOnStage(world, Waiting, { space: SPACE });
  await expect.element(page.getByRole('heading', { name: title })).toBeVisible();
  const digitsShown = page.getByRole('img', { name: 'Your six digits: 6 5 4 3 2 1' }).elements().length;
  expect(digitsShown).toBe(state === 'compare' ? 1 : 0);
});

test('an answer that fails is told in words, and asked for again at whatever happens next', async () => {
  const world = openWorld();
  let asked = 0;
  let isFull = true;
  world.engine.joining = () => {
    asked++;
    if (isFull) return Promise.reject(new EnvironmentError('storage-full'));
    return Promise.resolve({
      space: SPACE,
      state: 'refused',
      digits: undefined,
      host: '',
      expiresAt: AT,
      approve: true,
    });
  };
  await putOnStage(world, Waiting, { space: SPACE });
  const words = page.getByText(errorSentence('storage-full'));
  await expect.element(words).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).click();
  const happens = (): void => world.engine.tell({ kind: 'invitations', space: SPACE });
  const before = asked;
  happens();
  await expect.poll(() => asked).toBe(before + 1);
  isFull = false;
  happens();
  await expect.element(page.getByRole('heading', { name: 'Your request was refused' })).toBeVisible();
  // Told once, not with each try; and who has the answer asks no more.
  expect(words.elements()).toEqual([]);
  happens();
  expect(asked).toBe(before + 2);
});

test('[I3] raising somebody one never compared with to a governing role says so, and where to compare', async () => {
  const world = openWorld();
  world.engine.known = [bob];
  await putOnStage(world, People, { isInviting: false });
  await page.getByRole('button', { name: 'Actions for Bob' }).click();
  await page.getByRole('menuitem', { name: 'Change role…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Role of Bob' });
  const warning = dialog.getByText(/You never compared safety numbers with Bob/u);
  await dialog.getByRole('radio', { name: 'Commenter' }).click();
  await expect.element(warning).not.toBeInTheDocument();
  await dialog.getByRole('radio', { name: 'Admin' }).click();
  await expect.element(warning).toBeVisible();
  const compare = dialog.getByRole('link', { name: 'Compare safety number' });
  await expect.element(compare).toHaveAttribute('href', `/contacts/${BOB}`);
  world.engine.known = [{ ...bob, verifiedAt: AT }];
  world.engine.tell({ kind: 'contacts' });
  await expect.element(warning).not.toBeInTheDocument();
});
