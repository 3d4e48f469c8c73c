/**
 * The relay as a process: `node sync-server/src/main.ts --port 8787 --data .data --app build`. The only file that joins
 * real clock, randomness, timers, disk and network with the pure parts.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PlainSigningKeyPair } from '../../src/lib/crypto/keys.ts';
import { plainSigningKeyPairFromSeed } from '../../src/lib/crypto/sign.ts';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { EnvironmentError } from '../../src/lib/foundation/result.ts';
import type { Scheduler } from '../../src/lib/foundation/scheduler.ts';
import { readAppFiles } from './app-files.ts';
import { createHttpHandler } from './http.ts';
import { JsonLog } from './json-log.ts';
import { Metrics } from './metrics.ts';
import { isOwnInterface } from './origin.ts';
import { Relay } from './relay.ts';
import { parseSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { SignalRoom } from './signal-room.ts';
import { SocketShell } from './socket-shell.ts';
import { backUpDatabase, SqliteEnvelopeStore } from './sqlite-envelope-store.ts';
import { ThreadedSignatureChecker } from './threaded-signature-checker.ts';

const SEED_BYTES = 32;
const STOP_WITHIN_MS = 4_000;
const LAST_WORDS_MS = 250;

const clock = { nowMs: (): number => Date.now() };
const random = { bytes: (length: number): Uint8Array => new Uint8Array(randomBytes(length)) };
const scheduler: Scheduler = {
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
const log = new JsonLog(clock, (line) => process.stdout.write(line));

const settings = parseSettings(process.argv.slice(2), process.env);
if (!settings.ok) {
  process.stderr.write(`${settings.error.detail ?? settings.error.code}\n`);
  process.exit(2);
}
try {
  if (settings.value.backup === undefined) await run(settings.value);
  else backUpDatabase(join(settings.value.data, 'relay.sqlite'), settings.value.backup);
} catch (error) {
  const code = error instanceof EnvironmentError ? error.code : 'storage-unavailable';
  process.stderr.write(`The relay cannot run (${code}): ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function run(given: Settings): Promise<void> {
  await readyCrypto();
  mkdirSync(given.data, { recursive: true, mode: 0o700 });
  const store = new SqliteEnvelopeStore(join(given.data, 'relay.sqlite'));
  const metrics = new Metrics();
  const { limits, creation } = given;
  const identity = { keys: loadIdentity(given.data) };
  const signatures = new ThreadedSignatureChecker({
    clock,
    scheduler,
    startThread: () => new Worker(new URL('./signature-thread.ts', import.meta.url)),
    onLost: () => log.warn('signature thread lost'),
  });
  const relay = new Relay({ store, identity, signatures, limits, creation, clock, random, scheduler, metrics, log });
  const signal = new SignalRoom({ limits, clock, metrics });
  const state = { isStopping: false };
  const server = createServer(
    createHttpHandler({
      app: readAppFiles(given.app, (bytes) => createHash('sha256').update(bytes).digest('base64url').slice(0, 22)),
      isHealthy: () => !state.isStopping,
      metricsText: () => metrics.text(gauges(relay, signal)),
      metricsToken: given.metricsToken,
      isTls: given.origin?.startsWith('wss:') ?? false,
    }),
  );
  const shell = new SocketShell({
    server,
    relay,
    signal,
    limits,
    origin: { configured: given.origin, isOwnAddress: isOwnInterface },
    isBehindProxy: given.isBehindProxy,
  });
  const stop = (reason: string): void => {
    if (state.isStopping) return;
    state.isStopping = true;
    log.note('stopping', { reason });
    server.close();
    relay.stop();
    shell.stop();
    store.close();
    setTimeout(() => {
      shell.destroyAll();
      server.closeAllConnections();
    }, LAST_WORDS_MS).unref();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    server.on('close', () => process.exit(0));
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop(name));
  server.on('error', (error) => {
    process.stderr.write(`The relay cannot listen: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(given.port, given.host, () => announce(given, server.address() as AddressInfo));
}

/** The relay's own key: made at the first start; clients remember it, so it belongs in every backup. */
function loadIdentity(data: string): PlainSigningKeyPair {
  const path = join(data, 'relay.key');
  if (existsSync(path)) {
    const seed = readFileSync(path);
    if (seed.length !== SEED_BYTES)
      throw new EnvironmentError('storage-unavailable', { detail: 'relay.key is damaged' });
    return plainSigningKeyPairFromSeed(seed);
  }
  const seed = random.bytes(SEED_BYTES);
  const file = openSync(`${path}.new`, 'w', 0o600);
  writeSync(file, seed);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  return plainSigningKeyPairFromSeed(seed);
}

function gauges(relay: Relay, signal: SignalRoom): readonly (readonly [string, string, number])[] {
  return [
    ['sockets', 'Open sync sockets', relay.connectionCount],
    ['rooms', 'Spaces in memory', relay.rooms.count],
    ['signal_topics', 'Signalling topics', signal.topicCount],
    ['resident_bytes', 'Resident memory', process.memoryUsage.rss()],
    ['uptime_seconds', 'Seconds since start', Math.round(process.uptime())],
  ];
}

function announce(given: Settings, address: AddressInfo): void {
  // Where NODE_COMPILE_CACHE is set, the next start needs no compiler: 25 MB less, even if this one is killed.
  flushCompileCache();
  log.note('listening', { host: address.address, port: address.port, mode: given.creation.mode });
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const reachable = /^(0\.0\.0\.0|\[::\])$/.test(shown) ? 'localhost' : shown;
  process.stderr.write(`\nArchipel: http://${reachable}:${address.port}\n`);
}
