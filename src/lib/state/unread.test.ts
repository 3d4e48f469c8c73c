import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageView } from '../documents/views.ts';
import type { MemberId } from '../foundation/ids.ts';
import { countUnread, decodeMarker, encodeMarker, firstUnread } from './unread.ts';

const alice = 'a0'.repeat(16) as MemberId;
const bob = 'b1'.repeat(16) as MemberId;
const message = (id: string, author: MemberId, sentAt: number, isDeleted = false): MessageView => ({
  id,
  author,
  text: id,
  sentAt,
  editedAt: undefined,
  isDeleted,
  replyTo: undefined,
  reactions: [],
});
const messages = [message('1', bob, 1), message('2', alice, 2), message('3', bob, 3), message('4', bob, 4, true)];

describe('unread', () => {
  test('counts what others wrote after the marker, without what they took back', () => {
    expect(countUnread(messages, { message: '1', sentAt: 1 }, alice)).toBe(1);
    expect(countUnread(messages, undefined, alice)).toBe(2);
  });

  test('is nothing once the last message was seen, even when an older clock merges in before it', () => {
    const marker = { message: '4', sentAt: 4 };
    expect(countUnread([message('0', bob, 9), ...messages], marker, alice)).toBe(0);
  });

  test('falls back to the time when the marked message is not here', () => {
    expect(firstUnread(messages, { message: 'elsewhere', sentAt: 2 })).toBe(2);
    expect(firstUnread(messages, { message: 'elsewhere', sentAt: 9 })).toBe(4);
  });
});

describe('the stored marker', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (text, sentAt) => {
        expect(decodeMarker(encodeMarker({ message: text, sentAt }))).toEqual({ message: text, sentAt });
      }),
    );
  });
  test('is none when its bytes are anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const marker = decodeMarker(bytes);
        expect(marker === undefined || typeof marker.message === 'string').toBe(true);
      }),
    );
    expect(decodeMarker(new TextEncoder().encode('{"message":1}'))).toBeUndefined();
  });
});
