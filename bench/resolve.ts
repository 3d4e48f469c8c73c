/**
 * [M6] What a membership of 5,000 operations costs, from a cold start and for one operation more. Beside the time on the
 * clock stands the processor's: a busy machine stretches the one and not the other.
 */
import { performance } from 'node:perf_hooks';
import { MembershipGraph } from '../src/lib/membership/membership-graph.ts';
import { MembershipResolver } from '../src/lib/membership/resolver.ts';
import { Story, STORY_CHECKS, STORY_SPACE, type StoryDevice } from '../src/lib/membership/story.fixture.ts';
import type { BenchRow } from './bench-row.ts';

const OPERATIONS = 5_000;
const BUDGET_MS = 200;
const RUNS = 15;

export function run(): Promise<BenchRow[]> {
  const linear = grow(['alice']);
  const concurrent = grow(['alice', 'bob', 'carol']);
  return Promise.resolve([
    row('resolve 5,000 membership ops, one after another', BUDGET_MS, () => timeCold(linear)),
    row('resolve 5,000 membership ops, three admins who never wait for each other', BUDGET_MS, () =>
      timeCold(concurrent),
    ),
    row('one op more on 5,000', 1, () => timeOneMore(linear)),
  ]);
}

/** People come, change roles and devices, and go; each admin acts without having seen the others' last deed. */
function grow(admins: readonly string[]): Story {
  const story = new Story(7);
  const founder = story.founder();
  const actors = [founder, ...admins.slice(1).map(() => founder.admit('owner'))];
  for (const actor of actors) actor.sees(...actors);
  const people: StoryDevice[][] = actors.map((actor) => [actor.admit('editor')]);
  for (let i = 0; story.graph.size < OPERATIONS; i++) {
    const turn = i % actors.length;
    if (turn === 0) {
      const seen = actors.map((actor) => ({ heads: actor.heads }));
      for (const actor of actors) actor.sees(...seen);
    }
    act(actors[turn] as StoryDevice, people[turn] as StoryDevice[], i);
  }
  return story;
}

function act(actor: StoryDevice, own: StoryDevice[], step: number): void {
  const target = own[step % own.length] as StoryDevice;
  if (step % 5 === 1) actor.setRole(target, step % 2 === 0 ? 'commenter' : 'editor');
  else if (step % 5 === 2 && own.length > 20) actor.remove(own.shift() as StoryDevice);
  else if (step % 5 === 3) actor.addDevice();
  else own.push(actor.admit('editor'));
}

function timeCold(story: Story): number {
  const start = performance.now();
  const graph = new MembershipGraph();
  for (const entry of story.entries) graph.add(entry);
  new MembershipResolver(graph, { space: STORY_SPACE, checks: STORY_CHECKS }).resolve();
  return performance.now() - start;
}

function timeOneMore(story: Story): number {
  const graph = new MembershipGraph();
  const last = story.entries.at(-1);
  for (const entry of story.entries) if (entry !== last) graph.add(entry);
  const resolver = new MembershipResolver(graph, { space: STORY_SPACE, checks: STORY_CHECKS });
  resolver.resolve();
  const start = performance.now();
  if (last !== undefined) graph.add(last);
  resolver.resolve();
  return performance.now() - start;
}

function row(figure: string, budgetMs: number, time: () => number): BenchRow {
  time();
  const processor: number[] = [];
  const times = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    const elapsed = time();
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
    return elapsed;
  }).sort((a, b) => a - b);
  const processorMs = processor.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  const median = times[Math.floor(RUNS / 2)] ?? 0;
  const p95 = times[Math.floor(RUNS * 0.95)] ?? 0;
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  return {
    figure,
    median: ms(median),
    p95: ms(p95),
    peer: budgetMs > 1 ? `processor: ${ms(processorMs)}` : '–',
    ratio: '–',
    budget: `< ${String(budgetMs)} ms`,
    isWithin: median < budgetMs,
  };
}
