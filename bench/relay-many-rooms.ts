/** A hundred rooms of ten people: little to share between receivers, many transactions' worth of writers. */
import type { BenchRow } from './bench-row.ts';
import { compare } from './relay-load/compare.ts';

const ROOMS = 100;
const CLIENTS = 10;
const TARGET = 45_000;
const SUSTAINED = Math.ceil((TARGET * 1.015) / (CLIENTS - 1));

export function run(): Promise<BenchRow[]> {
  return compare({
    label: 'relay, 100 rooms × 10',
    shape: { rooms: ROOMS, clients: CLIENTS, messages: 90, size: 280 },
    sustained: SUSTAINED,
    saturating: SUSTAINED * 2,
    seconds: 4,
    budget: { deliveriesPerSecond: TARGET, p99Ms: 50, text: '≥ 45k/s, p99 ≤ 50 ms' },
  });
}
