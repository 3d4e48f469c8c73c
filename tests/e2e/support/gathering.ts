/** The beginning that many journeys share: Alice has a page, a board and a channel, and the others have joined. */
import { expect } from '@playwright/test';
import type { Person } from './person.ts';

export interface Gathering {
  readonly alice: Person;
  readonly bob: Person;
  readonly space: string;
}

/** Alice's space with the page “Minutes”, the board “Repairs” and the channel “Site”; Bob is in it as an editor. */
export async function gather(
  meet: (name: string) => Promise<Person>,
  role: 'Editor' | 'Reader' = 'Editor',
): Promise<Gathering> {
  const alice = await meet('Alice');
  await alice.begin();
  await alice.newPage('Minutes');
  await alice.write('The dam is dry.');
  await alice.newBoard('Repairs');
  await alice.addTask('Sweep the spillway');
  await alice.newChannel('Site');
  await alice.say('Good morning from the dam');
  const space = alice.spacePath();
  await alice.expectSynced();
  await alice.writeWordsDown();
  const bob = await meet('Bob');
  await bob.join(await alice.invite(space, role));
  await alice.open(space);
  return { alice, bob, space };
}

export async function expectSameText(...people: readonly Person[]): Promise<readonly string[]> {
  const texts = async (): Promise<readonly string[]> =>
    Promise.all(people.map(async (person) => (await person.paragraphs()).join('\n')));
  await expect.poll(async () => new Set(await texts()).size, { timeout: 30_000 }).toBe(1);
  return ((await texts())[0] ?? '').split('\n');
}
