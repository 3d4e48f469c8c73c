import { beforeAll, expect, test } from 'vitest';
import type { SignatureClaim } from '../../src/lib/crypto/envelope-seal.ts';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import type { DeviceId } from '../../src/lib/foundation/ids.ts';
import { ZERO_ENVELOPE } from '../../src/lib/foundation/ids.ts';
import { Inbox } from './inbox.ts';
import type { Taken } from './inbox.ts';
import { SignatureChecks } from './signature-checks.ts';

beforeAll(readyCrypto);

/** Frames 1, 2, 3… are envelopes to be checked, 100 and above anything else; what was done stands in `done`. */
function scene() {
  const done: (number | string)[] = [];
  const verdicts: ((isValid: boolean) => void)[] = [];
  const timers: (() => void)[] = [];
  const scene = { isSpent: false, isAtOnce: false };
  const claim: SignatureClaim = {
    id: ZERO_ENVELOPE,
    author: '00'.repeat(32) as DeviceId,
    text: new Uint8Array(1),
    signature: new Uint8Array(64),
  };
  const checker = {
    check: (_: SignatureClaim, then: (isValid: boolean) => void) => {
      if (scene.isAtOnce) then(true);
      else verdicts.push(then);
    },
  };
  const take = (frame: Uint8Array): Taken => {
    const [number = 0] = frame;
    if (checks.count > 0 && number >= 100) return 'held';
    if (scene.isSpent) return 'spent';
    if (number >= 100) done.push(number);
    else checks.add(claim, (isValid) => done.push(isValid ? number : `${String(number)} refused`));
    return 'taken';
  };
  const inbox = new Inbox({
    scheduler: { after: (_, task) => (timers.push(task), () => undefined) },
    socket: { pause: () => done.push('pause'), resume: () => done.push('resume') },
    take,
  });
  const checks = new SignatureChecks(checker, () => inbox.goOn());
  const receive = (...numbers: number[]): void => numbers.forEach((each) => inbox.receive(Uint8Array.of(each)));
  return { scene, done, verdicts, timers, checks, inbox, receive };
}

test('envelopes are checked side by side, and judged in the order in which they came', () => {
  const { done, verdicts, receive } = scene();
  receive(1, 2, 3);
  expect(verdicts).toHaveLength(3);
  verdicts[2]?.(true);
  verdicts[1]?.(false);
  expect(done).toEqual([]);
  verdicts[0]?.(true);
  expect(done).toEqual([1, '2 refused', 3]);
});

test('any other frame waits for the envelopes before it, and the envelopes after it for that frame', () => {
  const { done, verdicts, receive } = scene();
  receive(1, 100, 2);
  expect(verdicts).toHaveLength(1);
  verdicts[0]?.(true);
  expect(done).toEqual([1, 100]);
  verdicts[1]?.(true);
  expect(done).toEqual([1, 100, 2]);
});

test('a check that answers at once takes no frame twice', () => {
  const { scene: at, done, receive } = scene();
  at.isAtOnce = true;
  receive(1, 100, 2);
  expect(done).toEqual([1, 100, 2]);
});

test('while much is held the socket rests, and goes on when all is taken', () => {
  const { done, verdicts, receive } = scene();
  receive(1, ...Array.from({ length: 9 }, (_, i) => 100 + i));
  expect(done).toEqual(['pause']);
  verdicts[0]?.(true);
  expect(done).toEqual(['pause', 1, ...Array.from({ length: 9 }, (_, i) => 100 + i), 'resume']);
});

test('[R5] with a spent allowance frames wait for its refill, even when checks end meanwhile', () => {
  const { scene: at, done, verdicts, timers, receive } = scene();
  receive(1);
  at.isSpent = true;
  receive(2, 3);
  verdicts[0]?.(true);
  expect(done).toEqual(['pause', 1]);
  at.isSpent = false;
  timers[0]?.();
  verdicts.slice(1).forEach((answer) => answer(true));
  expect(done).toEqual(['pause', 1, 'resume', 2, 3]);
});

test('at the end what is under way is settled by libsodium: nothing is believed unchecked', () => {
  const { done, verdicts, checks, receive } = scene();
  receive(1, 2);
  verdicts[0]?.(true);
  checks.settle();
  verdicts[1]?.(true);
  expect(done).toEqual([1, '2 refused']);
});
