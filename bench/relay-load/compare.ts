/** Runs one shape of load against our relay and its peers, one after the other, and makes the rows of the table. */
import type { BenchRow } from '../bench-row.ts';
import { startArchipel } from './archipel.ts';
import type { Shape } from './archipel.ts';
import { drive, Sender } from './measure.ts';
import type { LoadResult, System } from './measure.ts';
import { startHocuspocus, startYWebsocket } from './yjs-servers.ts';

export interface Comparison {
  readonly label: string;
  readonly shape: Shape;
  /** Messages per second over all clients that must be sustained, and far more than anybody can take. */
  readonly sustained: number;
  readonly saturating: number;
  readonly seconds: number;
  readonly budget: { readonly deliveriesPerSecond: number; readonly p99Ms: number; readonly text: string };
}

interface Both {
  readonly steady: LoadResult;
  readonly full: LoadResult;
}

export async function compare(comparison: Comparison): Promise<BenchRow[]> {
  const { label, budget, shape } = comparison;
  const ours = await both(comparison, () => startArchipel(shape));
  const yjs = await both(comparison, () => startYWebsocket(shape));
  const hocuspocus = await both(comparison, () => startHocuspocus(shape));
  for (const each of [ours, yjs, hocuspocus])
    process.stderr.write(`  ${each.steady.name}: ${told(each.steady)} · saturated: ${told(each.full)}\n`);
  const isSustained =
    ours.steady.deliveriesPerSecond >= budget.deliveriesPerSecond * 0.985 && ours.steady.delivered > 0.999;
  const row = (which: keyof Both, what: string, isWithin: boolean, text: string): BenchRow => ({
    figure: `${label}: ${what}`,
    median: `${thousands(ours[which].deliveriesPerSecond)}/s at ${percent(ours[which].cpu)} of a core`,
    p95: `p50 ${ms(ours[which].p50Ms)}, p99 ${ms(ours[which].p99Ms)}`,
    peer: [yjs, hocuspocus].map((each) => `${each[which].name} ${said(each[which])}`).join('; '),
    ratio: [yjs, hocuspocus]
      .map((each) => (ours[which].deliveriesPerSecond / each[which].deliveriesPerSecond).toFixed(2))
      .join('; '),
    budget: text,
    isWithin,
  });
  return [
    row(
      'steady',
      'deliveries, sealed and durable',
      isSustained && ours.steady.cpu < 1 && ours.steady.p99Ms <= budget.p99Ms,
      budget.text,
    ),
    row('full', 'deliveries when overloaded', ours.full.deliveriesPerSecond >= budget.deliveriesPerSecond, '–'),
  ];
}

async function both({ sustained, saturating, seconds }: Comparison, start: () => Promise<System>): Promise<Both> {
  const system = await start();
  try {
    const sender = new Sender(system);
    const steady = await drive(system, { perSecond: sustained, seconds, isOverload: false }, sender);
    const full = await drive(system, { perSecond: saturating, seconds: seconds / 2, isOverload: true }, sender);
    return { steady, full };
  } finally {
    await system.stop();
  }
}

function said(result: LoadResult): string {
  return `${thousands(result.deliveriesPerSecond)}/s at ${percent(result.cpu)}, p99 ${ms(result.p99Ms)}`;
}

function told(result: LoadResult): string {
  const { cpu, lateP99Ms } = result.generator;
  return `${said(result)}, p50 ${ms(result.p50Ms)}, load at ${percent(cpu)} and p99 ${ms(lateP99Ms)} late`;
}

function thousands(value: number): string {
  return `${(value / 1000).toFixed(1)}k`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
