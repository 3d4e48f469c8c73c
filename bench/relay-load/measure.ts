/** The same load for every server: so many rooms of so many clients, all writing, all counted; CPU read from the kernel. */
import { readFileSync } from 'node:fs';
import type { RawSocket } from './raw-socket.ts';

/** Which client wrote a delivered message, and its how-manieth it was; undefined for other messages. */
export type MarkOf = (
  bytes: Buffer,
  start: number,
  end: number,
) => { readonly writer: number; readonly n: number } | undefined;

export interface LoadClient {
  readonly socket: RawSocket;
  /** Made before the clock starts, in the order they must be sent. */
  readonly messages: readonly Buffer[];
}

export interface System {
  readonly name: string;
  readonly pid: number;
  /** Room by room. */
  readonly rooms: readonly (readonly LoadClient[])[];
  readonly markOf: MarkOf;
  stop(): Promise<void>;
}

export interface LoadResult {
  readonly name: string;
  /** Of the messages that fell due within the time, those that arrived within it; when overloaded, all that arrived. */
  readonly deliveriesPerSecond: number;
  readonly appendsPerSecond: number;
  /** Of one core, 1 = all of it. */
  readonly cpu: number;
  /** From the moment a message was due, sent late or not: a load that stalls hides nothing. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of what was sent, how much was delivered within the time and a short wait after it. */
  readonly delivered: number;
  readonly generator: GeneratorHealth;
}

/** The load must not be its own bottleneck: its share of a core, and by how much it sent late. */
export interface GeneratorHealth {
  readonly cpu: number;
  readonly lateP99Ms: number;
}

const STEP_MS = 1;
/** Long enough for every server's code to be compiled, and for what the start delayed to be caught up with. */
const WARM_UP_MS = 2_500;
const SETTLE_MS = 1_000;
/** Every message is counted; the time of every few is looked at. Odd to the sizes of rooms, so that all are seen. */
const SAMPLE_EVERY = 17;

export interface LoadPlan {
  /** Messages per second over all clients; the plan is capped by what each client has prepared. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly isOverload: boolean;
}

/** One run under load; a later one goes on with the same sender, since every message follows its writer's last. */
export async function drive(system: System, plan: LoadPlan, sender: Sender): Promise<LoadResult> {
  const { clients } = sender;
  const dueAt = new Map<number, Float64Array>();
  const latencies: number[] = [];
  const run = { counted: 0, all: 0, isOpen: false };
  for (const { client, id } of clients) {
    dueAt.set(id, new Float64Array(client.messages.length));
    client.socket.onMessage = (bytes, start, end) => {
      const mark = system.markOf(bytes, start, end);
      // Some servers echo: what a writer gets back of its own is no delivery.
      if (mark === undefined || mark.writer === id) return;
      if (run.isOpen) run.all++;
      const at = dueAt.get(mark.writer)?.[mark.n] ?? 0;
      if (at > 0 && ++run.counted % SAMPLE_EVERY === 0) latencies.push(performance.now() - at);
    };
  }
  sender.begin(undefined);
  await sender.send(plan.perSecond, WARM_UP_MS);
  sender.begin(dueAt);
  run.isOpen = true;
  const [cpuStart, ownStart, startMs] = [cpuMs(system.pid), process.cpuUsage(), performance.now()];
  const sent = await sender.send(plan.perSecond, plan.seconds * 1000);
  const elapsedMs = performance.now() - startMs;
  run.isOpen = false;
  const own = process.cpuUsage(ownStart);
  const cpu = (cpuMs(system.pid) - cpuStart) / elapsedMs;
  const inTime = plan.isOverload ? run.all : run.counted;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const expected = sent * (clients[0]?.peers ?? 0);
  return {
    name: system.name,
    deliveriesPerSecond: (inTime / elapsedMs) * 1000,
    appendsPerSecond: (sent / elapsedMs) * 1000,
    cpu,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    delivered: Math.min(1, run.counted / Math.max(1, expected)),
    generator: { cpu: (own.user + own.system) / 1000 / elapsedMs, lateP99Ms: quantile(sender.lateMs, 0.99) },
  };
}

function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Infinity;
}

/** Neighbours in a room do not speak one after another: a batch of theirs would flatter servers that gather. */
function inMixedOrder<T>(clients: readonly T[]): T[] {
  const mixed = [...clients];
  let state = 20_261_126;
  for (let i = mixed.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = state % (i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}

interface Writer {
  readonly client: LoadClient;
  readonly id: number;
  readonly peers: number;
}

export class Sender {
  readonly clients: readonly Writer[];
  /** By how much each message left late, of those recorded. */
  lateMs: number[] = [];
  #dueAt: ReadonlyMap<number, Float64Array> | undefined;
  #position = 0;
  #turn = 0;

  constructor({ rooms }: System) {
    this.clients = inMixedOrder(
      rooms.flatMap((room, r) => room.map((client, c) => ({ client, id: r * 1000 + c, peers: room.length - 1 }))),
    );
  }

  /** From here on the moment at which each message is due is kept there, or nowhere. */
  begin(dueAt: ReadonlyMap<number, Float64Array> | undefined): void {
    this.#dueAt = dueAt;
    this.lateMs = [];
  }

  /** In turn, evenly over the time; how many were sent. */
  async send(perSecond: number, durationMs: number): Promise<number> {
    const startMs = performance.now();
    let sent = 0;
    for (let nowMs = startMs; nowMs - startMs < durationMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) / 1000) * perSecond);
      while (sent < due && this.#sendOne(startMs + ((sent + 1) / perSecond) * 1000)) sent++;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    return sent;
  }

  #sendOne(dueMs: number): boolean {
    const each = this.clients[this.#turn];
    const message = each?.client.messages[this.#position];
    if (each === undefined || message === undefined) return false;
    const times = this.#dueAt?.get(each.id);
    if (times !== undefined) {
      times[this.#position] = dueMs;
      this.lateMs.push(performance.now() - dueMs);
    }
    each.client.socket.send(message);
    this.#turn++;
    if (this.#turn === this.clients.length) {
      this.#turn = 0;
      this.#position++;
    }
    return true;
  }
}

/** User and system time of a process so far. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10;
}

export function rssBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}
