import { beforeEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { MessageView } from '$lib/documents/views.ts';
import type { MemberId } from '$lib/foundation/ids.ts';
import { LiveDocument } from '$lib/state/document-view.svelte.ts';
import { decodeMarker, encodeMarker } from '$lib/state/unread.ts';
import { SPACE } from '../testing/memory-engine.ts';
import { CHANNEL, indexItem, openWorld, putOnStage, type World } from '../testing/stage.ts';
import ChannelPage from './ChannelPage.svelte';

const NOON = Date.UTC(2026, 10, 24, 12);
const message = (id: string, author: string, text: string, more: Partial<MessageView> = {}): MessageView => ({
  id,
  author: author.repeat(16) as MemberId,
  text,
  sentAt: NOON + Number(id) * 1000,
  editedAt: undefined,
  isDeleted: false,
  replyTo: undefined,
  reactions: [],
  ...more,
});

async function showChannel(messages: readonly MessageView[], readUpTo?: string): Promise<World> {
  const world = openWorld([indexItem(CHANNEL, 'channel', 'General')]);
  if (readUpTo !== undefined)
    await world.engine.putPersonal('read', CHANNEL, encodeMarker({ message: readUpTo, sentAt: NOON }));
  world.documents.put(SPACE, CHANNEL, { kind: 'channel', messages });
  const live = new LiveDocument(world.documents, { space: SPACE, document: CHANNEL, kind: 'channel' });
  await putOnStage(world, ChannelPage, { live });
  return world;
}
const log = page.getByRole('log');
const composer = page.getByLabelText('Write a message');

beforeEach(async () => page.viewport(1200, 800));

test('Enter sends, Shift-Enter starts a line', async () => {
  await showChannel([]);
  await composer.click();
  await userEvent.keyboard('Hello{Shift>}{Enter}{/Shift}Bob{Enter}');
  await expect.element(log.getByText(/Hello\s+Bob/u)).toBeVisible();
  await expect.element(composer).toHaveValue('');
});

test('what Bob writes is shown as text, whatever it looks like', async () => {
  await showChannel([message('1', 'b1', '<img src=x onerror=alert(1)> **bold** javascript:alert(1)')]);
  await expect.element(log.getByText(/<img src=x onerror=alert\(1\)>/u)).toBeVisible();
  expect(document.querySelector('[role=log] img, [role=log] a')).toBeNull();
});

test('a link opens elsewhere and learns nothing of us', async () => {
  await showChannel([message('1', 'b1', 'See https://a.example/x.')]);
  const link = log.getByRole('link', { name: 'https://a.example/x' });
  await expect.element(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect.element(link).toHaveAttribute('href', 'https://a.example/x');
});

test('the unread line stands where Alice stopped, and the marker moves on once she has seen the end', async () => {
  const world = await showChannel(
    [message('1', 'b1', 'old'), message('2', 'b1', 'new'), message('3', 'c2', 'newer')],
    '1',
  );
  await expect.element(log.getByText('New messages')).toBeVisible();
  await expect
    .poll(async () => decodeMarker((await world.engine.getPersonal('read', CHANNEL)) ?? new Uint8Array())?.message)
    .toBe('3');
  await expect.element(log.getByText('New messages')).toBeVisible();
});

test('Alice answers a message, and the answer shows what it answers', async () => {
  const world = await showChannel([message('1', 'b1', 'Who comes?')]);
  await page.getByRole('button', { name: 'Message actions' }).click({ force: true });
  await page.getByRole('menuitem', { name: 'Reply' }).click();
  await expect.element(page.getByText('Replying to Bob')).toBeVisible();
  await composer.fill('I do');
  await userEvent.keyboard('{Enter}');
  await expect.element(log.getByRole('button', { name: 'Bob Who comes?' })).toBeVisible();
  expect(world.documents.edits).toMatchObject([{ edit: 'message.send', text: 'I do', replyTo: '1' }]);
});

test('only her own messages can be changed, and a deletion can be taken back', async () => {
  await showChannel([message('1', 'b1', 'from Bob'), message('2', 'a0', 'from Alice')]);
  await page.getByRole('button', { name: 'Message actions' }).first().click({ force: true });
  await expect.element(page.getByRole('menuitem', { name: 'Reply' })).toBeVisible();
  await expect.element(page.getByRole('menuitem', { name: 'Delete' })).not.toBeInTheDocument();
  await userEvent.keyboard('{Escape}');
  await page.getByRole('button', { name: 'Message actions' }).nth(1).click({ force: true });
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect.element(log.getByText('Message deleted')).toBeVisible();
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
  await expect.element(log.getByText('from Alice')).toBeVisible();
});

test('unsent words outlive the tab', async () => {
  const world = await showChannel([message('1', 'b1', 'hi')]);
  await composer.fill('half a thou');
  await expect
    .poll(async () => new TextDecoder().decode(await world.engine.getPersonal('draft', CHANNEL)))
    .toBe('half a thou');
});

test('[PG13] unsent words are kept at once when the page may end', async () => {
  const world = await showChannel([message('1', 'b1', 'hi')]);
  await composer.fill('a word at the door');
  window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  const kept = await world.engine.getPersonal('draft', CHANNEL);
  expect(new TextDecoder().decode(kept)).toBe('a word at the door');
});

test('a paste that is too long is kept whole, and how much too long it is is said; shorter, it can be sent', async () => {
  await showChannel([]);
  await composer.fill('é'.repeat(8_012));
  await expect.element(composer).toHaveValue('é'.repeat(8_012));
  await expect.element(page.getByText('The message is too long, by 12 characters.')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Send' })).toBeDisabled();
  await composer.click();
  await userEvent.keyboard('{Enter}');
  await expect.element(composer).toHaveValue('é'.repeat(8_012));
  await composer.fill('é'.repeat(8_000));
  await expect.element(page.getByRole('button', { name: 'Send' })).toBeEnabled();
  await expect.element(page.getByText(/too long/u)).not.toBeInTheDocument();
});

test('a channel of 5,000 messages opens at its end and draws only what is in sight', async () => {
  await showChannel(Array.from({ length: 5_000 }, (_, at) => message(String(at), 'b1', `Message ${String(at)}`)));
  await expect.element(log.getByText('Message 4999', { exact: true })).toBeInViewport();
  expect(document.querySelectorAll('article').length).toBeLessThan(80);
});
