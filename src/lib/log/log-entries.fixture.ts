/** Well-formed log entries for tests of stores and sync; nothing is sealed, the store never looks inside. */
import { utf8 } from '../foundation/bytes.ts';
import {
  ZERO_ENVELOPE,
  ZERO_TAG,
  parseId,
  type DeviceId,
  type DocumentTag,
  type EnvelopeId,
  type SpaceId,
} from '../foundation/ids.ts';
import { assert } from '../foundation/assert.ts';
import type { EnvelopeType } from '../protocol/envelope.ts';
import type { ChainHead, LogEntry } from './log-store.ts';

/** A stable id of the given kind for a name: the same name gives the same id. */
export function deviceNamed(name: string): DeviceId {
  return branded('DeviceId', spread(name, 64));
}
export function spaceNamed(name: string): SpaceId {
  return branded('SpaceId', spread(name, 64));
}
export function tagNamed(name: string): DocumentTag {
  return branded('DocumentTag', spread(name, 32));
}
export function envelopeIdNamed(name: string): EnvelopeId {
  return branded('EnvelopeId', spread(name, 64));
}

export interface EntryFields {
  readonly space: SpaceId;
  readonly author: DeviceId;
  readonly head: ChainHead | undefined;
  /** Makes two entries at the same place differ. */
  readonly content?: string;
  readonly type?: EnvelopeType;
  readonly tag?: DocumentTag;
}

/** The next entry of a chain after `head`. */
export function entryAfter({
  space,
  author,
  head,
  content = '',
  type = 'update',
  tag = ZERO_TAG,
}: EntryFields): LogEntry {
  const seq = head === undefined ? 0 : head.seq + 1;
  const id = envelopeIdNamed(`${space}/${author}/${String(seq)}/${content}/${head?.id ?? ''}`);
  return { space, author, seq, id, prev: head?.id ?? ZERO_ENVELOPE, type, tag, bytes: utf8(`${id} ${content}`) };
}

/** A whole chain of updates from seq 0. */
export function chainOf(fields: Omit<EntryFields, 'head'>, length: number): readonly LogEntry[] {
  const chain: LogEntry[] = [];
  let head: ChainHead | undefined;
  for (let i = 0; i < length; i++) {
    const entry = entryAfter({ ...fields, head });
    chain.push(entry);
    head = { seq: entry.seq, id: entry.id };
  }
  return chain;
}

/** Four 32-bit FNV-1a lanes, repeated: distinct enough for tests, and quick. */
function spread(name: string, length: number): string {
  let text = '';
  for (let lane = 0; text.length < length; lane++) {
    let hash = 0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b1);
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    text += (Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, length);
}

function branded<N extends 'DeviceId' | 'SpaceId' | 'DocumentTag' | 'EnvelopeId'>(name: N, text: string) {
  const id = parseId(name, text);
  assert(id !== undefined, 'a spread name is an id');
  return id;
}
