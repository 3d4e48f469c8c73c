/** Who else is in a document right now, from presence frames: never stored, forgotten after half a minute of silence. */
import { decodeUtf8, utf8 } from '../foundation/bytes.ts';
import type { Clock } from '../foundation/clock.ts';
import type { DeviceId, MemberId } from '../foundation/ids.ts';
import type { PresenceNotice } from './entry-port.ts';

export const PRESENCE_EXPIRY_MS = 30_000;
export const PRESENCE_HEARTBEAT_MS = 10_000;
const MAX_PRESENCE_BYTES = 1_024;
const MAX_SESSIONS = 256;

export interface TextCursor {
  readonly anchor: string;
  readonly head: string;
}

export interface RemotePresence {
  readonly session: string;
  readonly member: MemberId;
  readonly device: DeviceId;
  readonly cursor: TextCursor | undefined;
}

export function encodePresence(cursor: TextCursor | undefined): Uint8Array {
  return utf8(JSON.stringify(cursor === undefined ? { v: 1 } : { v: 1, c: [cursor.anchor, cursor.head] }));
}

/** Total: what is not understood is presence without a caret. */
function decodeCursor(body: Uint8Array): TextCursor | undefined {
  if (body.length > MAX_PRESENCE_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(decodeUtf8(body) ?? '');
    if (typeof value !== 'object' || value === null || !('c' in value) || !Array.isArray(value.c)) return undefined;
    const [anchor, head] = value.c as unknown[];
    return typeof anchor === 'string' && typeof head === 'string' ? { anchor, head } : undefined;
  } catch {
    return undefined;
  }
}

export class PresenceRoom {
  readonly #clock: Clock;
  readonly #ownSession: string;
  readonly #sessions = new Map<string, RemotePresence & { readonly untilMs: number }>();

  constructor(clock: Clock, ownSession: string) {
    this.#clock = clock;
    this.#ownSession = ownSession;
  }

  /** True when it may have changed what `others` says. */
  receive({ session, member, device, body }: PresenceNotice): boolean {
    if (session === this.#ownSession) return false;
    const key = `${device}:${session}`;
    if (body.length === 0) return this.#sessions.delete(key);
    if (!this.#sessions.has(key) && this.#sessions.size >= MAX_SESSIONS) return false;
    this.#sessions.set(key, {
      session,
      member,
      device,
      cursor: decodeCursor(body),
      untilMs: this.#clock.nowMs() + PRESENCE_EXPIRY_MS,
    });
    return true;
  }

  others(): readonly RemotePresence[] {
    const now = this.#clock.nowMs();
    for (const [key, { untilMs }] of this.#sessions) if (untilMs <= now) this.#sessions.delete(key);
    return [...this.#sessions.values()];
  }
}
