/** A channel as rows: day lines, the unread line, and messages grouped by author. */
import type { MessageView } from '$lib/documents/views.ts';
import type { MemberId } from '$lib/foundation/ids.ts';
import { firstUnread, type ReadMarker } from '$lib/state/unread.ts';

export type MessageRow =
  | { readonly kind: 'day'; readonly key: string; readonly sentAt: number }
  | { readonly kind: 'unread'; readonly key: 'unread' }
  | { readonly kind: 'message'; readonly key: string; readonly message: MessageView; readonly isFirstOfGroup: boolean };

/** Messages of one author within this time stand together under one name. */
const GROUP_MS = 5 * 60_000;

export interface RowOptions {
  readonly marker: ReadMarker | undefined;
  readonly self: MemberId | undefined;
}

export function messageRows(messages: readonly MessageView[], { marker, self }: RowOptions): MessageRow[] {
  const rows: MessageRow[] = [];
  const unreadFrom = unreadLine(messages, marker, self);
  let previous: MessageView | undefined;
  messages.forEach((message, at) => {
    const isNewDay = previous === undefined || dayOf(previous.sentAt) !== dayOf(message.sentAt);
    // Merged clocks may step back a day and forth again: the message makes the key unique.
    if (isNewDay) rows.push({ kind: 'day', key: `day-${message.id}`, sentAt: message.sentAt });
    if (at === unreadFrom) rows.push({ kind: 'unread', key: 'unread' });
    const isFirstOfGroup =
      isNewDay ||
      at === unreadFrom ||
      previous?.author !== message.author ||
      message.replyTo !== undefined ||
      Math.abs(message.sentAt - previous.sentAt) > GROUP_MS;
    rows.push({ kind: 'message', key: message.id, message, isFirstOfGroup });
    previous = message;
  });
  return rows;
}

/** The line stands before the first message of someone else that was not read; on a first visit there is none. */
function unreadLine(
  messages: readonly MessageView[],
  marker: ReadMarker | undefined,
  self: MemberId | undefined,
): number {
  if (marker === undefined) return -1;
  const from = firstUnread(messages, marker);
  return messages.findIndex((message, at) => at >= from && message.author !== self);
}

function dayOf(sentAt: number): string {
  return new Date(sentAt).toDateString();
}
