import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceId, EpochId } from '../foundation/ids.ts';
import {
  epochToWrite,
  type Epoch,
  isRotationDue,
  isValidEpoch,
  missingBoxes,
  recipientsAt,
  ROTATION_AGE_MS,
  ROTATION_ENTRIES,
} from './keying.ts';
import { Story } from './story.fixture.ts';

const device = (name: string): DeviceId => name.padEnd(64, '0') as DeviceId;
const epoch = (id: string, gen: number, ...recipients: readonly DeviceId[]) => ({
  id: id.padEnd(64, '0') as EpochId,
  gen,
  recipients,
});

describe('[K1] a valid epoch', () => {
  const story = new Story();
  const alice = story.founder();
  const [bob, carol] = [alice.admit('editor'), alice.admit('commenter')];
  const state = story.resolve();
  const recipients = recipientsAt(state);

  test('has an editor or more as author and is for the active devices, recovery included, exactly', () => {
    expect(recipients).toContain(alice.recovery?.id);
    expect([...recipients].sort()).toEqual(recipients);
    expect(isValidEpoch({ recipients }, state, bob.id)).toBe(true);
    expect(isValidEpoch({ recipients }, state, carol.id)).toBe(false);
    expect(isValidEpoch({ recipients }, state, device('ab'))).toBe(false);
  });

  test('any recipient left out, added, doubled or out of order makes it void', () => {
    for (let i = 0; i < recipients.length; i++) {
      expect(isValidEpoch({ recipients: recipients.filter((_, j) => j !== i) }, state, alice.id)).toBe(false);
    }
    const [first, second] = recipients as [DeviceId, DeviceId];
    expect(isValidEpoch({ recipients: [...recipients, device('ff')] }, state, alice.id)).toBe(false);
    expect(isValidEpoch({ recipients: [first, ...recipients] }, state, alice.id)).toBe(false);
    expect(isValidEpoch({ recipients: [second, first, ...recipients.slice(2)] }, state, alice.id)).toBe(false);
  });

  test('a removed device is no recipient', () => {
    alice.remove(carol);
    const after = story.resolve();
    expect(recipientsAt(after)).not.toContain(carol.id);
    expect(isValidEpoch({ recipients }, after, alice.id)).toBe(false);
  });
});

describe('[K3] the epoch to write with', () => {
  const [a, b, c] = [device('a'), device('b'), device('c')];

  test('an admission does not end an epoch; a removal does', () => {
    const only = epoch('e1', 0, a, b);
    expect(epochToWrite([only], new Set([a, b, c]))).toBe(only);
    expect(epochToWrite([only], new Set([a]))).toBeUndefined();
    expect(epochToWrite<Epoch>([], new Set([a]))).toBeUndefined();
  });

  test('without history for newcomers an admission ends it too [K4]', () => {
    expect(epochToWrite([epoch('e1', 0, a, b)], new Set([a, b, c]), 'join')).toBeUndefined();
    expect(epochToWrite([epoch('e1', 0, a, b)], new Set([a, b]), 'join')?.gen).toBe(0);
  });

  test('concurrent epochs coexist: the highest generation, then the lowest id, in whatever order they came', () => {
    const epochs = [epoch('e3', 1, a), epoch('e2', 1, a, b), epoch('e1', 0, a), epoch('e0', 2, a, c)];
    fc.assert(
      fc.property(fc.shuffledSubarray(epochs, { minLength: 4 }), (order) => {
        expect(epochToWrite(order, new Set([a, b]))?.id.slice(0, 2)).toBe('e2');
      }),
    );
  });
});

describe('[K2] missing boxes', () => {
  const [a, b, c] = [device('a'), device('b'), device('c')];
  const some = epoch('e1', 0, a, b);

  test('newcomers and recipients without a box are supplied, a removed recipient never', () => {
    expect(missingBoxes(some, { boxed: new Set([a]), active: new Set([c, b, a]), historyFrom: 'start' })).toEqual([
      b,
      c,
    ]);
    expect(missingBoxes(some, { boxed: new Set(), active: new Set([a]), historyFrom: 'start' })).toEqual([a]);
  });

  test('without history a newcomer gets no box of an older epoch [K4]', () => {
    expect(missingBoxes(some, { boxed: new Set(), active: new Set([a, b, c]), historyFrom: 'join' })).toEqual([a, b]);
  });
});

test('[K3] a rotation is due after 30 days or 10,000 envelopes', () => {
  expect(isRotationDue({ ageMs: ROTATION_AGE_MS - 1, entries: ROTATION_ENTRIES - 1 })).toBe(false);
  expect(isRotationDue({ ageMs: ROTATION_AGE_MS, entries: 0 })).toBe(true);
  expect(isRotationDue({ ageMs: 0, entries: ROTATION_ENTRIES })).toBe(true);
});
