/** [R5] Every limit of the relay: its default, and the setting that changes it (`--limit-append-per-second 50`). */

export interface Limits {
  /** Bytes of one envelope. */
  readonly envelopeBytes: number;
  /** Envelopes per second that one key may append, over time and at once. */
  readonly appendPerSecond: number;
  readonly appendBurst: number;
  /** Bytes that one key may append in 24 hours. */
  readonly keyBytesPerDay: number;
  /** Bytes that one space may hold. */
  readonly spaceBytes: number;
  /** Keys that one access list may name, removed ones included. */
  readonly spaceKeys: number;
  readonly socketsPerAddress: number;
  readonly sockets: number;
  /** Failed proofs per address in 10 minutes before new sockets are refused. */
  readonly failedAuthsPerAddress: number;
  /** Visits in 24 hours of one key that was taken off a space's list, to fetch what the relay held then. */
  readonly struckVisitsPerDay: number;
  /** Spaces created per address in 24 hours, in open mode. */
  readonly spacesPerAddressPerDay: number;
  /** Spaces one socket may be admitted to. */
  readonly spacesPerSocket: number;
  /** Frames of any kind per second from one socket, over time and at once. */
  readonly framesPerSecond: number;
  readonly framesBurst: number;
  /** Presence and signal envelopes per second of one key in one space: 10 Hz per session, for a few sessions. */
  readonly ephemeralPerSecond: number;
  readonly ephemeralBurst: number;
  readonly ephemeralBytes: number;
  /** Bytes waiting for one slow reader before its socket is closed. */
  readonly queueBytes: number;
  readonly mailBytes: number;
  readonly mailPerBox: number;
  readonly mailPerAddressPerHour: number;
  readonly mailDays: number;
  /** A letter in a slot (a recovery list) stays this long after it was last put. */
  readonly mailSlotDays: number;
  readonly signalBytes: number;
  readonly signalTopicsPerSocket: number;
  readonly signalSocketsPerTopic: number;
  readonly signalPerSecond: number;
  readonly signalBurst: number;
  /** Seconds without any frame or pong before a socket is closed. */
  readonly idleSeconds: number;
}

export const DEFAULT_LIMITS: Limits = {
  envelopeBytes: 2 ** 20 + 284,
  appendPerSecond: 20,
  appendBurst: 200,
  keyBytesPerDay: 200 * 2 ** 20,
  spaceBytes: 5 * 2 ** 30,
  spaceKeys: 2048,
  socketsPerAddress: 256,
  sockets: 10_000,
  failedAuthsPerAddress: 30,
  struckVisitsPerDay: 48,
  spacesPerAddressPerDay: 50,
  spacesPerSocket: 256,
  framesPerSecond: 300,
  framesBurst: 3_000,
  ephemeralPerSecond: 40,
  ephemeralBurst: 80,
  ephemeralBytes: 16 * 2 ** 10,
  queueBytes: 8 * 2 ** 20,
  mailBytes: 64 * 2 ** 10,
  mailPerBox: 64,
  mailPerAddressPerHour: 200,
  mailDays: 8,
  mailSlotDays: 800,
  signalBytes: 64 * 2 ** 10,
  signalTopicsPerSocket: 64,
  signalSocketsPerTopic: 64,
  signalPerSecond: 100,
  signalBurst: 500,
  idleSeconds: 75,
};

export type LimitName = keyof Limits;
export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as readonly LimitName[];

/** `appendPerSecond` → `limit-append-per-second`. */
export function flagOfLimit(name: LimitName): string {
  return `limit-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
