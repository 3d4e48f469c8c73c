/** A real relay process with a data folder of its own, which a journey may kill and start again on the same port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;

export class RelayProcess {
  readonly port: number;
  readonly #folder: string;
  #app = 'build';
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), 'archipel-relay-'));
  }

  /** `app` is a folder with a build to serve instead of the project's own, from now on. */
  serve(app: string): void {
    this.#app = app;
  }

  static async start(): Promise<RelayProcess> {
    const relay = new RelayProcess(await freePort());
    await relay.restart();
    return relay;
  }

  /** Where it keeps everything. */
  get folder(): string {
    return this.#folder;
  }

  get url(): string {
    return `http://localhost:${String(this.port)}`;
  }

  /** Resolves once the relay answers its health check. */
  async restart(): Promise<void> {
    this.#process = spawn(
      process.execPath,
      ['sync-server/src/main.ts', '--app', this.#app, '--port', String(this.port), '--data', this.#folder],
      {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      const answer = await fetch(`${this.url}/health`).catch(() => undefined);
      if (answer?.ok === true) return;
    }
    throw new Error('the relay did not start within 20 seconds');
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    await new Promise<void>((resolve) => {
      running.once('exit', () => resolve());
      running.kill(signal);
    });
  }

  /** Every byte the relay keeps, as Latin-1 text to search in. */
  dump(): string {
    return readdirSync(this.#folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
