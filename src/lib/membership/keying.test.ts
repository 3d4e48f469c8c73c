import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceId, EnvelopeId, EpochId } from '../foundation/ids.ts';
import {
  comparePreference,
  entitledDevices,
  generationAfter,
  isRotationDue,
  isValidEpoch,
  isWritable,
  missingBoxes,
  recipientsAt,
  ROTATION_AGE_MS,
  ROTATION_ENTRIES,
} from './keying.ts';
import type { MembershipState } from './membership-state.ts';
import { gather } from './removal-stories.fixture.ts';
import { MembershipResolver } from './resolver.ts';
import { Story, STORY_CHECKS, STORY_SPACE, type StoryDevice } from './story.fixture.ts';

const device = (name: string): DeviceId => name.padEnd(64, '0') as DeviceId;

describe('[K1] a valid epoch', () => {
  const story = new Story();
  const alice = story.founder();
  const [bob, carol] = [alice.admit('editor'), alice.admit('commenter')];
  const then = story.resolve();
  const recipients = recipientsAt(then);
  const isValid = (op: { recipients?: readonly DeviceId[]; gen?: number }, author: DeviceId, gens: number[] = []) =>
    isValidEpoch({ recipients, gen: 0, ...op }, { then, author, parents: gens.map((gen) => ({ gen })) });

  test('has an editor or more as author and is for the active devices, recovery included, exactly', () => {
    expect(recipients).toContain(alice.recovery?.id);
    expect([...recipients].sort()).toEqual(recipients);
    expect(isValid({}, bob.id)).toBe(true);
    expect(isValid({}, carol.id)).toBe(false);
    expect(isValid({}, device('ab'))).toBe(false);
  });

  test('any recipient left out, added, doubled or out of order makes it void', () => {
    for (let i = 0; i < recipients.length; i++) {
      expect(isValid({ recipients: recipients.filter((_, j) => j !== i) }, alice.id)).toBe(false);
    }
    const [first, second] = recipients as [DeviceId, DeviceId];
    expect(isValid({ recipients: [...recipients, device('ff')] }, alice.id)).toBe(false);
    expect(isValid({ recipients: [first, ...recipients] }, alice.id)).toBe(false);
    expect(isValid({ recipients: [second, first, ...recipients.slice(2)] }, alice.id)).toBe(false);
  });

  test('a generation is the one after its parents, so that nobody can use up the numbers', () => {
    expect(generationAfter([])).toBe(0);
    expect(isValid({ gen: 5 }, alice.id, [4, 2])).toBe(true);
    expect(isValid({ gen: 6 }, alice.id, [4, 2])).toBe(false);
    expect(isValid({ gen: 2 ** 32 - 1 }, alice.id)).toBe(false);
    expect(isValid({ gen: 0 }, alice.id, [4])).toBe(false);
  });

  test('a removed device is no recipient', () => {
    alice.remove(carol);
    const after = story.resolve();
    expect(recipientsAt(after)).not.toContain(carol.id);
    expect(isValidEpoch({ recipients, gen: 0 }, { then: after, author: alice.id, parents: [] })).toBe(false);
  });
});

function resolveAt(story: Story, heads: readonly EnvelopeId[]): MembershipState {
  return new MembershipResolver(story.graph, { space: STORY_SPACE, checks: STORY_CHECKS }).resolve(heads);
}

/** An epoch made in `then`, as it looks in `now`. */
function made(then: MembershipState) {
  return { epoch: { recipients: recipientsAt(then) }, moments: (now: MembershipState) => ({ then, now }) };
}

describe('[K3] the epoch to write with', () => {
  function scene() {
    const story = new Story(9);
    const [alice, bob, carol] = gather(story, 'admin', 'editor') as [StoryDevice, StoryDevice, StoryDevice];
    const phone = carol.addDevice();
    alice.sees(phone);
    const { epoch, moments } = made(story.resolve());
    return { alice, bob, carol, phone, isStillWritable: () => isWritable(epoch, moments(story.resolve())) };
  }

  test('an admission, a new device and a demotion end no epoch', () => {
    const { alice, bob, isStillWritable } = scene();
    alice.admit('reader');
    alice.addDevice();
    alice.setRole(bob, 'reader');
    expect(isStillWritable()).toBe(true);
  });

  test.each([
    ['a removal', ({ alice, bob }: ReturnType<typeof scene>) => alice.remove(bob)],
    ['a leave', ({ carol }: ReturnType<typeof scene>) => carol.write({ op: 'leave' })],
    ['the loss of one device', ({ alice, phone }: ReturnType<typeof scene>) => alice.removeDevice(phone)],
  ] as const)('%s ends it', (_title, end) => {
    const told = scene();
    expect(told.isStillWritable()).toBe(true);
    end(told);
    expect(told.isStillWritable()).toBe(false);
  });

  test('who was admitted and removed again after an epoch may have been given its secret: it is not written with', () => {
    const story = new Story();
    const [alice] = gather(story, 'editor') as [StoryDevice];
    const { epoch, moments } = made(story.resolve());
    const dave = alice.admit('editor');
    expect(isWritable(epoch, moments(story.resolve()))).toBe(true);
    alice.remove(dave);
    expect(epoch.recipients).not.toContain(dave.id);
    expect(isWritable(epoch, moments(story.resolve()))).toBe(false);
    const next = made(story.resolve());
    expect(isWritable(next.epoch, next.moments(story.resolve()))).toBe(true);
  });

  test('an admission that turns out void takes its epochs with it', () => {
    const story = new Story();
    const [alice, bob] = gather(story, 'admin') as [StoryDevice, StoryDevice];
    const invite = bob.invite('editor');
    alice.sees(bob);
    const dave = bob.admit('editor', invite);
    const withDave = made(story.resolve());
    expect(withDave.epoch.recipients).toContain(dave.id);
    alice.remove(bob);
    expect(story.resolve().device(dave.id)).toBeUndefined();
    expect(isWritable(withDave.epoch, withDave.moments(story.resolve()))).toBe(false);
  });

  test('concurrent epochs coexist: the highest generation, then the lowest id, in whatever order they came', () => {
    const epoch = (id: string, gen: number) => ({ id: id.padEnd(64, '0') as EpochId, gen, recipients: [] });
    const epochs = [epoch('e3', 1), epoch('e2', 1), epoch('e1', 0), epoch('e0', 0)];
    fc.assert(
      fc.property(fc.shuffledSubarray(epochs, { minLength: 4 }), (order) => {
        expect(order.toSorted(comparePreference).map(({ id }) => id.slice(0, 2))).toEqual(['e2', 'e3', 'e0', 'e1']);
      }),
    );
  });
});

describe('[K2] missing boxes', () => {
  test('newcomers and recipients without a box are supplied, readers among them, a removed recipient never', () => {
    const story = new Story();
    const [alice, bob, carol] = gather(story, 'commenter', 'reader') as [StoryDevice, StoryDevice, StoryDevice];
    const { moments } = made(story.resolve());
    const dave = alice.admit('editor');
    const hasBox = (id: DeviceId) => id === alice.id || id === alice.recovery?.id;
    const missing = () => missingBoxes(moments(story.resolve()), hasBox, undefined);
    const devicesOf = (...people: StoryDevice[]) =>
      people.flatMap((person) => [person.id, (person.recovery as StoryDevice).id]).sort();
    expect(missing()).toEqual(devicesOf(bob, carol, dave));
    alice.remove(bob);
    expect(missing()).toEqual(devicesOf(carol, dave));
  });
});

describe('[K4] history from the join on', () => {
  function closedSpace() {
    const story = new Story();
    const [alice, bob] = gather(story, 'editor') as [StoryDevice, StoryDevice];
    alice.write({ op: 'policy.set', policy: { historyFrom: 'join' } });
    return { story, alice, bob };
  }

  test('a newcomer may hold no earlier epoch, and ends it for writing', () => {
    const { story, alice, bob } = closedSpace();
    const { epoch, moments } = made(story.resolve());
    const dave = alice.admit('editor');
    const now = moments(story.resolve());
    expect(entitledDevices(now)).not.toContain(dave.id);
    expect(entitledDevices(now)).toContain(bob.id);
    expect(isWritable(epoch, now)).toBe(false);
  });

  test('a new device of someone who was in is no newcomer', () => {
    const { story, alice, bob } = closedSpace();
    const { epoch, moments } = made(story.resolve());
    const phone = bob.sees(alice).addDevice();
    expect(entitledDevices(moments(story.resolve()))).toContain(phone.id);
    expect(isWritable(epoch, moments(story.resolve()))).toBe(true);
  });

  test('whom a removal that came to nothing left out is no newcomer', () => {
    const story = new Story(4);
    const [alice, bob, carol] = gather(story, 'owner', 'owner') as [StoryDevice, StoryDevice, StoryDevice];
    alice.write({ op: 'policy.set', policy: { historyFrom: 'join' } });
    bob.sees(alice);
    carol.sees(alice);
    carol.remove(bob);
    const then = resolveAt(story, carol.heads);
    expect(then.isActiveDevice(bob.id)).toBe(false);
    alice.remove(carol);
    const now = story.resolve();
    expect(now.isActiveDevice(bob.id)).toBe(true);
    expect(entitledDevices({ then, now })).toContain(bob.id);
  });

  test('what was written while the space was closed stays closed when it opens; what was open closes when it closes', () => {
    const { story, alice } = closedSpace();
    const closed = made(story.resolve());
    alice.write({ op: 'policy.set', policy: { historyFrom: 'start' } });
    const open = made(story.resolve());
    const dave = alice.admit('editor');
    const entitled = ({ moments }: typeof open) => entitledDevices(moments(story.resolve()));
    expect(entitled(closed)).not.toContain(dave.id);
    expect(entitled(open)).toContain(dave.id);
    alice.write({ op: 'policy.set', policy: { historyFrom: 'join' } });
    expect(entitled(open)).not.toContain(dave.id);
  });
});

test('[K3] a rotation is due after 30 days or 10,000 envelopes', () => {
  expect(isRotationDue({ ageMs: ROTATION_AGE_MS - 1, entries: ROTATION_ENTRIES - 1 })).toBe(false);
  expect(isRotationDue({ ageMs: ROTATION_AGE_MS, entries: 0 })).toBe(true);
  expect(isRotationDue({ ageMs: 0, entries: ROTATION_ENTRIES })).toBe(true);
});
