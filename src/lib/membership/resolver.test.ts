import { describe, expect, test } from 'vitest';
import { MembershipResolver } from './resolver.ts';
import { Story, STORY_CHECKS, STORY_SPACE } from './story.fixture.ts';

describe('a space grows', () => {
  test('Alice founds a space, admits Bob, Bob links a phone: three members devices and their recovery devices are active', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('editor');
    const phone = bob.addDevice();
    const state = story.resolve();
    expect(state.roleOf(alice.id)).toBe('owner');
    expect(state.roleOf(bob.id)).toBe('editor');
    expect(state.roleOf(phone.id)).toBe('editor');
    expect(state.activeDevices().length).toBe(5);
    expect(state.voids.size).toBe(0);
  });
  test('[M4] Alice and Bob, both owners, remove each other: the founder is senior', () => {
    const story = new Story();
    const alice = story.founder();
    const bob = alice.admit('owner');
    const a = alice.remove(bob);
    const b = bob.remove(alice);
    expect(story.reason(a)).toBeUndefined();
    expect(story.reason(b)).toBe('revoked');
    expect(story.resolve().isActiveDevice(bob.id)).toBe(false);
  });
});

describe('[M6] what 5,000 operations cost', () => {
  const OPERATIONS = 5_000;

  /** People come and go; `concurrently` makes three owners act without waiting for each other. */
  function longStory(concurrently: boolean): Story {
    const story = new Story(5);
    const alice = story.founder();
    const actors = concurrently ? [alice, alice.admit('owner'), alice.admit('owner')] : [alice];
    for (let round = 0; story.graph.size < OPERATIONS; round++) {
      const seen = actors.map((actor) => ({ heads: actor.heads }));
      for (const actor of actors) actor.sees(...seen);
      for (const actor of actors) {
        const newcomer = actor.admit('editor');
        if (round % 2 === 0) actor.remove(newcomer);
      }
    }
    return story;
  }

  test.each([false, true])('every operation is judged once, also when none waits for another: %s', (concurrently) => {
    const story = longStory(concurrently);
    let checks = 0;
    const counted = { ...STORY_CHECKS, verifyClaim: () => ++checks > 0 };
    const resolver = new MembershipResolver(story.graph, { space: STORY_SPACE, checks: counted });
    const before = process.cpuUsage();
    resolver.resolve();
    const { user, system } = process.cpuUsage(before);
    const admissions = story.entries.filter(({ record }) => record.operation.op === 'admit').length;
    expect(checks).toBe(admissions);
    resolver.resolve();
    expect(checks).toBe(admissions);
    // The figure itself is the bench's; this is the order of magnitude, on any machine under any load.
    expect((user + system) / 1000).toBeLessThan(2_000);
  });
});
