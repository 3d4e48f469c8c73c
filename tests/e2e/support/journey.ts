/** Every journey has a relay process of its own, and people with browsers of their own; both are gone at its end. */
import { test as base } from '@playwright/test';
import { Person } from './person.ts';
import { RelayProcess } from './relay-process.ts';

interface Journey {
  readonly relay: RelayProcess;
  /** Brings a person with a blank browser; at the end nobody may have met a violation or an unexpected error. */
  readonly meet: (name: string) => Promise<Person>;
  /** The same, in a browser that cannot reach others directly. */
  readonly meetWithoutPeers: (name: string) => Promise<Person>;
}

export const test = base.extend<Journey>({
  relay: async ({ browserName: _needed }, use) => {
    const relay = await RelayProcess.start();
    await use(relay);
    await relay.dispose();
  },
  meet: async ({ browser, relay }, use) => {
    const people: Person[] = [];
    await use(async (name) => {
      const person = await Person.meet(name, { browser, url: relay.url });
      people.push(person);
      return person;
    });
    for (const person of people) await person.leave();
  },
  meetWithoutPeers: async ({ browser, relay }, use) => {
    const people: Person[] = [];
    await use(async (name) => {
      const person = await Person.meetWithoutPeers(name, { browser, url: relay.url });
      people.push(person);
      return person;
    });
    for (const person of people) await person.leave();
  },
});

export { expect } from '@playwright/test';
