/** Counters and gauges in Prometheus' text form; names and labels are fixed here, so nothing personal can become one. */

const COUNTERS = {
  appends: 'Envelopes made durable',
  deliveries: 'Envelope frames sent to subscribers',
  served: 'Envelopes read back on request',
  ephemeral: 'Presence and signal envelopes passed on',
  nacks: 'Appends refused',
  limited: 'Frames refused by a limit',
  auths: 'Proofs accepted',
  auth_failures: 'Proofs refused',
  frames_refused: 'Frames that could not be read',
  slow_readers: 'Sockets closed because their reader fell behind',
  commits: 'Transactions',
  commit_failures: 'Transactions that failed',
  commit_ms: 'Milliseconds spent in transactions',
  signal_messages: 'Signalling messages passed on',
  mail: 'Mailbox items stored',
} as const;

export type CounterName = keyof typeof COUNTERS;
export type GaugeReading = readonly [name: string, meaning: string, value: number];

export class Metrics {
  readonly #counts: Record<CounterName, number>;

  constructor() {
    const zeros = (Object.keys(COUNTERS) as CounterName[]).map((name) => [name, 0]);
    this.#counts = Object.fromEntries(zeros) as Record<CounterName, number>;
  }

  add(name: CounterName, amount = 1): void {
    this.#counts[name] += amount;
  }

  get(name: CounterName): number {
    return this.#counts[name];
  }

  text(gauges: readonly GaugeReading[]): string {
    const counters = (Object.keys(COUNTERS) as CounterName[]).map((name) =>
      block(`${name}_total`, 'counter', COUNTERS[name], this.get(name)),
    );
    return [...counters, ...gauges.map(([name, meaning, value]) => block(name, 'gauge', meaning, value))].join('');
  }
}

function block(name: string, type: string, meaning: string, value: number): string {
  return `# HELP archipel_${name} ${meaning}\n# TYPE archipel_${name} ${type}\narchipel_${name} ${String(value)}\n`;
}
