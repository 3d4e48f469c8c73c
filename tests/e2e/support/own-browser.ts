/** A whole browser of one person with a profile on disk, which a journey may kill in the middle of anything. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type LaunchOptions } from '@playwright/test';

export class OwnBrowser {
  readonly #profile = mkdtempSync(join(tmpdir(), 'archipel-profile-'));
  readonly #options: LaunchOptions;
  #context: BrowserContext | undefined;

  constructor(options: LaunchOptions) {
    this.#options = options;
  }

  /** Starts with the profile as it was left. */
  async start(): Promise<BrowserContext> {
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      ...this.#options,
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
    });
    return this.#context;
  }

  /** SIGKILL to each of its processes: nothing is asked to finish, nothing is flushed. Gives the moment of it. */
  async kill(): Promise<number> {
    const context = this.#context;
    if (context === undefined) throw new Error('this browser does not run');
    this.#context = undefined;
    const gone = new Promise((resolve) => context.once('close', resolve));
    const found = execFileSync('pgrep', ['-f', `user-data-dir=${this.#profile}`], { encoding: 'utf8' });
    for (const pid of found.split('\n').filter((line) => line !== '')) endProcess(Number(pid));
    const killedAt = Date.now();
    await gone;
    return killedAt;
  }

  /** Closes it as one does, and gives the folder of what it kept. */
  async close(): Promise<string> {
    await this.#context?.close();
    this.#context = undefined;
    return this.#profile;
  }

  /** The folder of its profile copied, as a backup does with a browser that is closed. */
  async copy(): Promise<OwnBrowser> {
    const copy = new OwnBrowser(this.#options);
    cpSync(await this.close(), copy.#profile, { recursive: true });
    return copy;
  }

  async dispose(): Promise<void> {
    await this.#context?.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    // A helper process may be gone with its browser before its turn comes.
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}
