/**
 * One JSON line per event. Fields are closed on purpose: counts, codes, durations. Never an address, a header field, a
 * key or an id of a person or space [R5].
 */
import type { Clock } from '../../src/lib/foundation/clock.ts';

export type LogField = 'port' | 'host' | 'code' | 'count' | 'durationMs' | 'bytes' | 'reason' | 'mode' | 'sockets';
export type LogFields = Readonly<Partial<Record<LogField, string | number>>>;

export class JsonLog {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  note(event: string, fields: LogFields = {}): void {
    this.#line('info', event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#line('warn', event, fields);
  }

  #line(level: string, event: string, fields: LogFields): void {
    this.#write(`${JSON.stringify({ at: new Date(this.#clock.nowMs()).toISOString(), level, event, ...fields })}\n`);
  }
}
