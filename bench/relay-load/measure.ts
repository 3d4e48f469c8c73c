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
  readonly deliveriesPerSecond: number;
  readonly appendsPerSecond: number;
  /** Of one core, 1 = all of it. */
  readonly cpu: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of what was sent, how much was delivered within the time and a short wait after it. */
  readonly delivered: number;
}

const STEP_MS = 4;
const WARM_UP_MS = 800;
const SETTLE_MS = 1_000;
/** Every message is counted; the time of every few is looked at. */
const SAMPLE_EVERY = 16;

export interface LoadPlan {
  /** Messages per second over all clients; the plan is capped by what each client has prepared. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** Drives the system from `from` on in its clients' messages; gives the result and where the next run begins. */
export async function drive(
  system: System,
  plan: LoadPlan,
  from: number,
): Promise<{ result: LoadResult; next: number }> {
  const clients = system.rooms.flatMap((room, r) =>
    room.map((client, c) => ({ client, id: r * 1000 + c, peers: room.length - 1 })),
  );
  const sentAt = new Map<number, Float64Array>();
  const latencies: number[] = [];
  const run = { counted: 0, isCounting: false, seen: 0 };
  for (const { client, id } of clients) {
    sentAt.set(id, new Float64Array(client.messages.length));
    client.socket.onMessage = (bytes, start, end) => {
      const mark = system.markOf(bytes, start, end);
      if (mark === undefined || !run.isCounting) return;
      run.counted++;
      if (run.counted % SAMPLE_EVERY !== 0) return;
      const at = sentAt.get(mark.writer)?.[mark.n] ?? 0;
      if (at > 0) latencies.push(performance.now() - at);
    };
  }
  const sender = new Sender(clients, sentAt, from);
  await sender.send(plan.perSecond, WARM_UP_MS);
  run.isCounting = true;
  const [cpuStart, startMs] = [cpuMs(system.pid), performance.now()];
  const sent = await sender.send(plan.perSecond, plan.seconds * 1000);
  const elapsedMs = performance.now() - startMs;
  const cpu = (cpuMs(system.pid) - cpuStart) / elapsedMs;
  const inTime = run.counted;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const expected = sent * (clients[0]?.peers ?? 0);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Infinity;
  const result: LoadResult = {
    name: system.name,
    deliveriesPerSecond: (inTime / elapsedMs) * 1000,
    appendsPerSecond: (sent / elapsedMs) * 1000,
    cpu,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    delivered: Math.min(1, run.counted / Math.max(1, expected)),
  };
  return { result, next: sender.position };
}

class Sender {
  readonly #clients: readonly { readonly client: LoadClient; readonly id: number }[];
  readonly #sentAt: ReadonlyMap<number, Float64Array>;
  position: number;
  #turn = 0;

  constructor(
    clients: readonly { readonly client: LoadClient; readonly id: number }[],
    sentAt: ReadonlyMap<number, Float64Array>,
    from: number,
  ) {
    this.#clients = clients;
    this.#sentAt = sentAt;
    this.position = from;
  }

  /** In turn, evenly over the time; how many were sent. */
  async send(perSecond: number, durationMs: number): Promise<number> {
    const startMs = performance.now();
    let sent = 0;
    for (let nowMs = startMs; nowMs - startMs < durationMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) / 1000) * perSecond);
      while (sent < due && this.#sendOne()) sent++;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    return sent;
  }

  #sendOne(): boolean {
    const each = this.#clients[this.#turn];
    const message = each?.client.messages[this.position];
    if (each === undefined || message === undefined) return false;
    const times = this.#sentAt.get(each.id);
    if (times !== undefined) times[this.position] = performance.now();
    each.client.socket.send(message);
    this.#turn++;
    if (this.#turn === this.#clients.length) {
      this.#turn = 0;
      this.position++;
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
