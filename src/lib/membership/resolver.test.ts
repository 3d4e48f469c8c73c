import { describe, expect, test } from 'vitest';
import { Story } from './story.fixture.ts';

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
