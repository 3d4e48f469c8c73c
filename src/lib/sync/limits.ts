/** Every bound of the state machine in one place. Times are milliseconds. */

/** Unacknowledged entries and bytes on one link: bounds the other side's memory, and what a lost link repeats. */
export const WINDOW_ENTRIES = 512;
export const WINDOW_BYTES = 4 * 2 ** 20;
/** Frames waiting to be handled on one link; what comes above is dropped, and the next FRONTIER heals it [S6]. */
export const INBOX_FRAMES = 4096;
export const INBOX_BYTES = 16 * 2 ** 20;
/** Envelopes handed to the host in one transaction. */
export const OFFER_ENTRIES = 256;
export const OFFER_BYTES = 2 * 2 ** 20;
/** Entries read ahead, over all chains of a transfer. */
export const READ_AHEAD_ENTRIES = 256;
/** Above this many bytes in the transport's buffer the pump waits. */
export const HIGH_WATER_BYTES = 2 ** 20;
export const DRAIN_POLL_MS = 25;

/** ACKs of one chain gather this long: a dense chain needs only the last of them. */
export const ACK_DELAY_MS = 20;
/** How often a link looks at itself: lost handshakes, lost pushes, idle frontiers. */
export const TICK_MS = 2_000;
/** [S3] */
export const IDLE_FRONTIER_MS = 30_000;
/** A FRONTIER is answered with one, unless we sent ours this recently. */
export const FRONTIER_PAUSE_MS = 5_000;
/** Unacknowledged entries are sent again after this much silence; doubles up to `IDLE_FRONTIER_MS`. */
export const RESEND_AFTER_MS = 6_000;
/** A chain the other side refused is tried again, with one entry, after this long; doubles up to `MAX_REFUSED_PAUSE_MS`. */
export const REFUSED_PAUSE_MS = 10_000;
export const MAX_REFUSED_PAUSE_MS = 60_000;
/** Entries of others are forwarded after this long, unless the other side has said by then that it holds them. */
export const FORWARD_DELAY_MS = 700;
/** A link that stays silent this long although it should answer is closed. */
export const SILENCE_MS = 90_000;
/** A relay answers PING: it is asked after this much silence, and given up after that much. */
export const ASK_AFTER_MS = 8_000;
export const RELAY_SILENCE_MS = 16_000;
/** What is sent and not answered yet prolongs the wait as if the network carried no more than this (64 kbit/s). */
export const SLOWEST_BYTES_PER_MS = 8;

/** Malformed frames and bad signatures before a link is closed. */
export const MAX_STRIKES = 64;
/** Ranges one side may have queued with WANT. */
export const MAX_WANTED_RANGES = 64;
/** [P4] At most ten presence frames a second and session. */
export const PRESENCE_INTERVAL_MS = 100;
export const MAX_PRESENCE_SESSIONS = 256;
export const MAX_SIGNALS_PER_SECOND = 64;
