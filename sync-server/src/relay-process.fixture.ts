/** A real relay process on a port of its own; tests start it, kill it and start it again on the same data. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** As deployed: a small young generation, since what the relay makes dies within a tick (docs/deploy.md). */
const RUNTIME_FLAGS = (process.env.RELAY_FLAGS ?? '--max-semi-space-size=2 --single-threaded').split(' ');

export interface RelayProcess {
  readonly port: number;
  readonly pid: number;
  readonly data: string;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export function newDataFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'archipel-relay-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Resolves once it listens. */
export async function startRelay(data: string, flags: readonly string[] = [], port = 0): Promise<RelayProcess> {
  const child = spawn(process.execPath, [...RUNTIME_FLAGS, MAIN, '--port', String(port), '--data', data, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(tmpdir(), 'archipel-relay-compiled'),
      NODE_OPTIONS: '',
      MALLOC_ARENA_MAX: '1',
    },
  });
  const log: string[] = [];
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(text.toString()));
  const listening = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const entry = JSON.parse(line) as { event: string; port?: number };
      if (entry.event === 'listening') resolve(entry.port ?? 0);
    });
    child.once('exit', () => reject(new Error(`the relay ended: ${errors.join('')}`)));
  });
  return { port: listening, pid: child.pid ?? 0, data, log, kill: (signal) => killed(child, signal) };
}

/** Runs the relay's command to its end, as an operator does beside a running one; its exit code. */
export async function runRelayCommand(flags: readonly string[]): Promise<number | null> {
  const [code] = (await once(spawn(process.execPath, [MAIN, ...flags], { stdio: 'ignore' }), 'exit')) as [
    number | null,
  ];
  return code;
}

async function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  const [code] = await exit;
  return code;
}
