import { tick } from 'svelte';
import { expect, test } from 'vitest';
import { page as screen, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { DeviceId, MemberId } from '$lib/foundation/ids.ts';
import { EarlyKeys } from './early-keys.ts';
import PageText from './PageText.svelte';
import { DOCUMENT, PageWorld, SPACE } from './page-world.fixture.ts';

interface Desk {
  readonly world: PageWorld;
  readonly text: HTMLElement;
  /** What links led to, latest last. */
  readonly followed: readonly string[];
  readonly leave: () => Promise<void>;
  readonly rerender: (props: { isEditable: boolean }) => Promise<void>;
}

async function openPage(world: PageWorld, isEditable = true, early?: EarlyKeys): Promise<Desk> {
  const followed: string[] = [];
  const alice = '0c'.repeat(16) as MemberId;
  const rendered = await render(PageText, {
    documents: world,
    space: SPACE,
    document: DOCUMENT,
    isEditable,
    early,
    nameOf: (member: MemberId) => (member === alice ? 'Alice' : undefined),
    onfollow: (target: string) => followed.push(target),
  });
  await tick();
  await tick();
  const text = rendered.container.querySelector<HTMLElement>('.page-text');
  if (text === null) throw new Error('the text is drawn');
  return { world, text, followed, leave: () => rendered.unmount(), rerender: (props) => rendered.rerender(props) };
}

async function type(desk: Desk, keys: string): Promise<void> {
  desk.text.focus();
  await userEvent.keyboard(keys);
  await painted();
}

/** The next frame is on the screen, and what waited for it is done. */
const painted = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
  });

const blocks = (desk: Desk): string[] =>
  [...desk.text.children].map((block) =>
    `${block.className.split(' ')[0] ?? ''}${block.getAttribute('data-depth') ?? ''} ${block.textContent}`.trim(),
  );

test('Alice types Markdown and sees what she meant', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(
    desk,
    '# Tides{Enter}- one{Enter}two{Enter}{Enter}1. first{Enter}{Enter}> said{Enter}**loud** and *soft* and `code` and [[here](https://example.org/x) end',
  );
  expect(blocks(desk)).toEqual([
    'heading0 Tides',
    'bullet0 one',
    'bullet0 two',
    'ordered0 first',
    'quote0 said',
    'paragraph0 loud and soft and code and here end',
  ]);
  expect(desk.text.querySelector('strong')?.textContent).toBe('loud');
  expect(desk.text.querySelector('em')?.textContent).toBe('soft');
  expect(desk.text.querySelector('code')?.textContent).toBe('code');
  expect(desk.text.querySelector('a')?.getAttribute('href')).toBe('https://example.org/x');
  expect(desk.world.authority.doc.textContent).toContain('loud and soft');
});

test('a list is written without the mouse: Tab, Shift+Tab, Enter, Backspace, Mod+Enter, Alt+arrows', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(desk, '[[ ] oars{Enter}{Tab}spare oar{Enter}{Shift>}{Tab}{/Shift}sail{Control>}{Enter}{/Control}');
  expect(blocks(desk)).toEqual(['check0 oars', 'check1 spare oar', 'check0 sail']);
  expect(desk.text.querySelectorAll<HTMLInputElement>('input:checked').length).toBe(1);
  await type(desk, '{Alt>}{ArrowUp}{/Alt}');
  expect(blocks(desk)).toEqual(['check0 oars', 'check0 sail', 'check1 spare oar']);
  await type(desk, '{Home}');
  await type(desk, '{Backspace}');
  expect(blocks(desk)).toEqual(['check0 oars', 'paragraph0 sail', 'check1 spare oar']);
});

test('a check box is ticked by a click and by Space', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(desk, '[[ ] oars');
  const box = (): HTMLInputElement => desk.text.querySelector('input') as HTMLInputElement;
  box().click();
  await painted();
  expect(desk.world.authority.doc.firstChild?.attrs['checked']).toBe(true);
  box().focus();
  await userEvent.keyboard(' ');
  await painted();
  expect(desk.world.authority.doc.firstChild?.attrs['checked']).toBe(false);
});

test('Alice and Bob type at once, unheard by one another, and end with the same page', async () => {
  const world = await PageWorld.create();
  const alice = await openPage(world);
  const bob = await openPage(world);
  await type(alice, 'tide');
  world.isHeld = true;
  await type(alice, ' rises');
  await type(bob, '# ');
  await type(bob, 'The ');
  world.release();
  await expect.poll(() => blocks(alice)).toEqual(blocks(bob));
  await expect.poll(() => world.authority.doc.textContent).toBe(alice.text.textContent);
  expect(alice.text.textContent).toContain('tide rises');
  expect(alice.text.textContent).toContain('The ');
});

test('what Alice typed last reaches the page although she left it before the worker had answered', async () => {
  const world = await PageWorld.create();
  const alice = await openPage(world);
  await type(alice, 'tide');
  world.isHeld = true;
  await type(alice, ' rises');
  world.typeElsewhere(0, 'The ');
  await alice.leave();
  world.release();
  await expect.poll(() => world.authority.doc.textContent).toBe('The tide rises');
});

test('[PG13] when the page may end, all that Alice typed goes to the worker at once, though it has not answered the first of it', async () => {
  const desk = await openPage(await PageWorld.create());
  desk.world.isMute = true;
  await type(desk, 't');
  (desk.text.firstChild?.firstChild as Text).appendData('ide rises');
  await painted();
  expect(desk.world.authority.doc.textContent).toBe('t');
  window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
  expect(desk.world.authority.doc.textContent).toBe('tide rises');
  // The person stayed: said again, it is not written twice.
  window.dispatchEvent(new Event('pagehide'));
  expect(desk.world.authority.doc.textContent).toBe('tide rises');
});

test('what Alice types into a text that is still on its way stands in it once it is there', async () => {
  const place = document.createElement('div');
  place.tabIndex = -1;
  document.body.append(place);
  const early = new EarlyKeys();
  place.addEventListener('keydown', (event) => early.take(event));
  early.waitIn(place);
  await userEvent.keyboard('ebb{Enter}flow{Control>}k{/Control}');
  const desk = await openPage(await PageWorld.create(), true, early);
  expect(blocks(desk)).toEqual(['paragraph0 ebb', 'paragraph0 flow']);
  await expect.poll(() => document.activeElement).toBe(desk.text);
  await userEvent.keyboard('!');
  expect(blocks(desk)).toEqual(['paragraph0 ebb', 'paragraph0 flow!']);
  place.remove();
});

test('a link is followed by a button where there is no Ctrl key', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(desk, `[[here](archipel:${DOCUMENT}) end`);
  const open = screen.getByRole('button', { name: 'Open link' });
  await expect.element(open).toHaveAttribute('aria-disabled', 'true');
  await type(desk, '{Home}{ArrowRight}{ArrowRight}');
  await expect.element(open).toHaveAttribute('aria-disabled', 'false');
  await open.click();
  expect(desk.followed).toEqual([DOCUMENT]);
});

test('undo takes back own words and keeps what others wrote meanwhile', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(desk, 'my words');
  desk.world.typeElsewhere(0, 'Bob: ');
  expect(desk.text.textContent).toBe('Bob: my words');
  await type(desk, '{Control>}z{/Control}');
  expect(desk.text.textContent).toBe('Bob: ');
  await type(desk, '{Control>}y{/Control}');
  expect(desk.text.textContent).toBe('Bob: my words');
});

test('a key is painted before its step leaves and before the steps of others come in; then nothing is missing', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(desk, 'tide');
  (desk.text.firstChild?.firstChild as Text).appendData('s');
  await tick();
  desk.world.typeElsewhere(0, 'The ');
  expect(desk.text.textContent).toBe('tides');
  expect(desk.world.authority.doc.textContent).toBe('The tide');
  await painted();
  expect(desk.text.textContent).toBe('The tides');
  await expect.poll(() => desk.world.authority.doc.textContent).toBe('The tides');
});

test('a reader sees the page and cannot change it; an editor can at once when the role changes', async () => {
  const desk = await openPage(await PageWorld.create(), false);
  desk.world.typeElsewhere(0, 'read me');
  expect(desk.text.contentEditable).toBe('false');
  expect(desk.text.textContent).toBe('read me');
  expect(document.querySelector('[role=toolbar]')).toBeNull();
  await desk.rerender({ isEditable: true });
  expect(desk.text.contentEditable).toBe('true');
  await expect.element(screen.getByRole('toolbar')).toBeVisible();
});

test('others’ carets carry their names and move with the text', async () => {
  const desk = await openPage(await PageWorld.create());
  await type(desk, 'sail');
  desk.world.showCursors([
    { session: 's', member: '0c'.repeat(16) as MemberId, device: 'dd'.repeat(32) as DeviceId, anchor: 3, head: 5 },
  ]);
  expect(desk.text.querySelector('.remote-name')?.textContent).toBe('Alice');
  expect(desk.text.querySelector('.remote-selection')?.textContent).toBe('il');
  desk.world.typeElsewhere(0, 'A ');
  expect(desk.text.querySelector('.remote-selection')?.textContent).toBe('il');
});

test('an empty page says how to begin, and the toolbar is one stop for Tab', async () => {
  const desk = await openPage(await PageWorld.create());
  expect(desk.text.querySelector('.is-empty')?.getAttribute('data-placeholder')).not.toBe('');
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('[role=toolbar] button')];
  expect(buttons.filter((button) => button.tabIndex === 0).length).toBe(1);
  buttons[0]?.focus();
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{Enter}');
  await type(desk, 'Title');
  expect(blocks(desk)).toEqual(['heading0 Title']);
});

test('a paste keeps blocks and marks, and no style, script or address that could run', async () => {
  const desk = await openPage(await PageWorld.create());
  desk.text.focus();
  const html =
    '<h2 style="color:red">Deck</h2><ul><li>one<ul><li><b>two</b></li></ul></li></ul><script>alert(1)</script><a href="javascript:alert(1)">x</a>';
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/html', html);
  desk.text.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  expect(blocks(desk)).toEqual(['heading0 Deck', 'bullet0 one', 'bullet1 two', 'paragraph0 x']);
  expect(desk.text.querySelector('strong')?.textContent).toBe('two');
  expect(desk.text.innerHTML).not.toContain('javascript');
  expect(desk.text.innerHTML).not.toContain('red');
});
