/** One room of 100 people who all write: what the relay delivers, sealed and durable, beside two servers of the field. */
import type { BenchRow } from './bench-row.ts';
import { compare } from './relay-load/compare.ts';

const CLIENTS = 100;
const TARGET = 140_000;
const SUSTAINED = Math.ceil((TARGET * 1.015) / (CLIENTS - 1));

export function run(): Promise<BenchRow[]> {
  return compare({
    label: 'relay, 1 room × 100',
    shape: { rooms: 1, clients: CLIENTS, messages: 240, size: 280 },
    sustained: SUSTAINED,
    saturating: SUSTAINED * 2,
    seconds: 4,
    budget: { deliveriesPerSecond: TARGET, p99Ms: 25, text: '≥ 140k/s below one core, p99 ≤ 25 ms' },
  });
}
