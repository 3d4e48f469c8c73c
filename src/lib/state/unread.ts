/** How far someone has read a channel, and what came after. */
import type { MessageView } from '$lib/documents/views.ts';
import type { MemberId } from '$lib/foundation/ids.ts';

export interface ReadMarker {
  /** The last message seen, in the channel's agreed order. */
  readonly message: string;
  readonly sentAt: number;
}

/**
 * Index of the first message not yet read, or the length when all is read. Messages that merged in before the marker
 * were sent by someone who was offline: the marker's place in the agreed order decides, so the count always ends at 0.
 */
export function firstUnread(messages: readonly MessageView[], marker: ReadMarker | undefined): number {
  if (marker === undefined) return 0;
  const at = messages.findIndex((message) => message.id === marker.message);
  if (at >= 0) return at + 1;
  const later = messages.findIndex((message) => message.sentAt > marker.sentAt);
  return later < 0 ? messages.length : later;
}

export function countUnread(
  messages: readonly MessageView[],
  marker: ReadMarker | undefined,
  self: MemberId | undefined,
): number {
  return messages
    .slice(firstUnread(messages, marker))
    .filter((message) => message.author !== self && !message.isDeleted).length;
}

export function encodeMarker(marker: ReadMarker): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([marker.message, marker.sentAt]));
}

/** Undefined on anything that is not a marker: the channel then counts as unread. */
export function decodeMarker(bytes: Uint8Array): ReadMarker | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(value)) return undefined;
    const [message, sentAt] = value as readonly unknown[];
    return typeof message === 'string' && typeof sentAt === 'number' ? { message, sentAt } : undefined;
  } catch {
    return undefined;
  }
}
