/** A space with something on every screen, and the way to each of them. */
import { expect } from '@playwright/test';
import type { Person } from './person.ts';

export interface Screen {
  readonly name: string;
  /** Goes there and ends when it stands. */
  readonly show: (person: Person) => Promise<void>;
}

export const PASSPHRASE = 'spillway gravel heron lantern';

/** Pages, a board, a channel and their contents; ends on the space's home. */
export async function furnish(person: Person): Promise<void> {
  await person.newPage('Inspection report');
  await person.write('# East dam, level 3\nThe joint of **block 7** weeps; see the *survey of March*.\n');
  await person.write('- Measure the flow\nPhotograph the crack\n\n[ ] Tell the town hall\nOrder sealant\n\n');
  await person.write('> Nothing urgent, but not to be forgotten before the winter.\n\n');
  await person.write('## Before the next visit\n1. Bring the long ladder\nRead the gauge at six and at eighteen\n\n');
  await person.write('The key of the gate is in the van; the **blue** one opens both doors.\n');
  await person.write('The gallery is dry up to the second drain. ');
  await person.newPage('Emergency numbers');
  await person.newPage('Access and keys');
  await person.write('The gate opens with the blue key.');
  await person.newBoard('Spring works');
  await person.newBoard('Repairs');
  for (const task of ['Sweep the spillway', 'Replace the gauge', 'Grease the gate']) await person.addTask(task);
  await person.addToChecklist('Replace the gauge', ['Order it', 'Close the valve']);
  await person.complete('Grease the gate');
  await person.newChannel('Duty roster');
  await person.newChannel('Site');
  for (const text of ['Good morning from the dam', 'Bring the long ladder, please', 'It is in the van'])
    await person.say(text);
  await person.expectSaved();
  await person.home();
}

/** Screens inside a space that was furnished, reached by their addresses; the words are the same in no language. */
export function screensOf(places: Places): readonly Screen[] {
  const at = (name: string, path: string, sign: (person: Person) => Promise<void>): Screen => ({
    name,
    show: async (person) => {
      await person.open(path);
      await sign(person);
    },
  });
  const heading = (person: Person): Promise<void> =>
    expect(person.page.getByRole('heading', { level: 1 })).toBeVisible();
  const text = (words: string) => (person: Person) => expect(person.page.getByText(words).first()).toBeVisible();
  return [
    at('home', places.space, heading),
    at('page', places.page, text('The gallery is dry')),
    at('board', places.board, text('Sweep the spillway')),
    at('channel', places.channel, text('Bring the long ladder')),
    at('people', `${places.space}/people`, heading),
    at('late-work', `${places.space}/people/late`, heading),
    at('history', `${places.space}/people/history`, heading),
    at('security', `${places.space}/security`, heading),
    at('lost', `${places.space}/lost`, heading),
    at('contacts', '/contacts', heading),
    at('trash', `${places.space}/trash`, heading),
    at('settings', '/settings', heading),
    at('words', '/settings/words', heading),
    at('devices', '/settings/devices', heading),
    at('ways-back', '/settings/ways-back', heading),
    at('rehearse', '/settings/rehearse', heading),
    at('link', '/link', heading),
    at('nearby', '/nearby', heading),
    at('restore', '/restore', heading),
    at('new-space', '/new', heading),
    at('join', '/join', heading),
    at('gone', `${places.space}/nowhere`, heading),
  ];
}

export interface Places {
  readonly space: string;
  readonly page: string;
  readonly board: string;
  readonly channel: string;
}

/** The addresses of what `furnish` made. */
export async function placesOf(person: Person): Promise<Places> {
  const of = async (title: string): Promise<string> =>
    (await person.page.getByRole('complementary').getByRole('link', { name: title }).getAttribute('href')) ?? '';
  return {
    space: person.spacePath(),
    page: await of('Inspection report'),
    board: await of('Repairs'),
    channel: await of('Site'),
  };
}
