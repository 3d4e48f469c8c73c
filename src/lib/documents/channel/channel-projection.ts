/**
 * A channel as a view. Whose message it is stands in its key, `member:id`, and the gate lets nobody write under another
 * member's key [G10]. Order [C5]: each message names the last one its author saw; its time is the claimed one, but
 * never before what it follows. Then the key decides. So causal order holds whatever the clocks say.
 */
import { parseId, type MemberId } from '../../foundation/ids.ts';
import { isRecord, recordsIn, type Doc } from '../automerge.ts';
import { numberField, textField, type ProjectionContext } from '../document-schema.ts';
import type { ChannelView, MessageView, ReactionView } from '../views.ts';

export const MESSAGES = 'messages';
export const REACTIONS = 'reactions';
/** The last instant a Date can hold. */
const LAST_MS = 8.64e15;
const MEMBER_CHARS = 32;

interface StoredMessage {
  readonly key: string;
  readonly id: string;
  readonly author: MemberId;
  readonly text: string;
  readonly claimedMs: number;
  readonly after: string | undefined;
  readonly editedAt: number | undefined;
  readonly isDeleted: boolean;
  readonly replyTo: string | undefined;
}

export function keyOfMessage(member: MemberId, id: string): string {
  return `${member}:${id}`;
}

export function keyOfReaction(member: MemberId, message: string, emoji: string): string {
  return `${member}:${message}:${emoji}`;
}

/** The member whose key this is. */
export function ownerOfKey(key: string): MemberId | undefined {
  return key[MEMBER_CHARS] === ':' ? parseId('MemberId', key.slice(0, MEMBER_CHARS)) : undefined;
}

export function projectChannel(doc: Doc, context: ProjectionContext): ChannelView {
  const parts = context.parts ?? [doc];
  const reactions = readReactions(parts);
  const latest = context.nowMs();
  const taken = new Set<string>();
  const messages = orderMessages(readMessages(parts, context.cache)).map((message): MessageView => {
    const id = taken.has(message.id) ? message.key : message.id;
    taken.add(id);
    return {
      id,
      author: message.author,
      text: message.isDeleted ? '' : message.text,
      sentAt: Math.min(message.claimedMs, latest),
      editedAt: message.editedAt,
      isDeleted: message.isDeleted,
      replyTo: message.replyTo,
      reactions: reactions.get(id) ?? [],
    };
  });
  return { kind: 'channel', messages };
}

/** The key of the last message in the agreed order. */
export function findLastKey(parts: readonly Doc[], cache: WeakMap<object, object>): string | undefined {
  return orderMessages(readMessages(parts, cache)).at(-1)?.key;
}

function readMessages(parts: readonly Doc[], cache: WeakMap<object, object>): readonly StoredMessage[] {
  const messages: StoredMessage[] = [];
  for (const [key, record] of Object.entries(recordsOfAll(parts, MESSAGES))) {
    const author = ownerOfKey(key);
    if (author === undefined || !isRecord(record)) continue;
    const known = cache.get(record) as StoredMessage | undefined;
    const message = known ?? readMessage(key, author, record);
    cache.set(record, message);
    messages.push(message);
  }
  return messages;
}

/** One that stands in several parts is as the newest has it. */
function recordsOfAll(parts: readonly Doc[], container: string): Record<string, unknown> {
  const [only, ...others] = parts.map((part) => recordsIn(part, container));
  return others.length === 0 ? (only ?? {}) : (Object.assign({}, only, ...others) as Record<string, unknown>);
}

function readMessage(key: string, author: MemberId, record: Record<string, unknown>): StoredMessage {
  return {
    key,
    id: key.slice(MEMBER_CHARS + 1),
    author,
    text: textField(record, 'text') ?? '',
    claimedMs: clampTime(numberField(record, 'sentAt') ?? 0),
    after: textField(record, 'after'),
    editedAt: record['editedAt'] === undefined ? undefined : clampTime(numberField(record, 'editedAt') ?? 0),
    isDeleted: record['deleted'] === true,
    replyTo: textField(record, 'replyTo'),
  };
}

function clampTime(ms: number): number {
  return Math.min(Math.max(0, Math.trunc(ms)), LAST_MS);
}

function orderMessages(messages: readonly StoredMessage[]): readonly StoredMessage[] {
  const times = effectiveTimes(new Map(messages.map((message) => [message.key, message])));
  const timeOf = (message: StoredMessage): number => times.get(message.key) ?? 0;
  return [...messages].sort((a, b) => timeOf(a) - timeOf(b) || (a.key < b.key ? -1 : 1));
}

/** Time(m) = max(claimed, Time(what it follows) + 1). A circle of followers, which only malice makes, is cut. */
function effectiveTimes(byKey: ReadonlyMap<string, StoredMessage>): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const start of byKey.values()) {
    const path: StoredMessage[] = [];
    const onPath = new Set<string>();
    let at: StoredMessage | undefined = start;
    while (at !== undefined && !times.has(at.key) && !onPath.has(at.key)) {
      path.push(at);
      onPath.add(at.key);
      at = at.after === undefined ? undefined : byKey.get(at.after);
    }
    if (at !== undefined && onPath.has(at.key)) {
      for (const each of path) times.set(each.key, each.claimedMs);
      continue;
    }
    for (const each of path.reverse()) {
      const before = each.after === undefined ? undefined : times.get(each.after);
      times.set(each.key, Math.max(each.claimedMs, before === undefined ? 0 : before + 1));
    }
  }
  return times;
}

/** Emoji and members each in a fixed order; a member counts once per emoji, because its key says so. */
function readReactions(parts: readonly Doc[]): ReadonlyMap<string, readonly ReactionView[]> {
  const found = new Map<string, Map<string, MemberId[]>>();
  const keys = Object.entries(recordsOfAll(parts, REACTIONS)).flatMap(([key, isOn]) => (isOn === true ? [key] : []));
  for (const key of keys.sort()) {
    const member = ownerOfKey(key);
    const colon = key.indexOf(':', MEMBER_CHARS + 1);
    if (member === undefined || colon < 0) continue;
    const message = key.slice(MEMBER_CHARS + 1, colon);
    const emoji = key.slice(colon + 1);
    const emojis = found.get(message) ?? new Map<string, MemberId[]>();
    found.set(message, emojis);
    emojis.set(emoji, [...(emojis.get(emoji) ?? []), member]);
  }
  const sorted = ([message, emojis]: [string, Map<string, MemberId[]>]): [string, readonly ReactionView[]] => [
    message,
    [...emojis].sort(([a], [b]) => (a < b ? -1 : 1)).map(([emoji, members]) => ({ emoji, members })),
  ];
  return new Map([...found].map(sorted));
}
