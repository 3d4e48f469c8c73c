/** A thousand proven sockets that listen and say nothing: what they cost in memory. */
import { readyCrypto } from '../src/lib/crypto/sodium.ts';
import { Device } from '../sync-server/src/device.fixture.ts';
import { newDataFolder, startRelay } from '../sync-server/src/relay-process.fixture.ts';
import type { BenchRow } from './bench-row.ts';
import { Talk } from './relay-load/archipel.ts';
import { cpuMs, rssBytes } from './relay-load/measure.ts';

const SOCKETS = 1_000;
const BUDGET_BYTES = 100 * 10 ** 6;
const SAMPLES = 9;

export async function run(): Promise<BenchRow[]> {
  await readyCrypto();
  const folder = newDataFolder();
  // As docs/deploy.md says: what the first start compiles is kept for the next.
  await (await startRelay(folder.path)).kill('SIGTERM');
  const relay = await startRelay(folder.path, ['--limit-sockets-per-address', '5000']);
  const before = rssBytes(relay.pid);
  const device = new Device();
  const genesis = device.genesis();
  const founder = await Talk.open(relay.port);
  await founder.heard('proof');
  founder.send({ kind: 'create', space: device.space, voucher: '' });
  await founder.enter(device);
  founder.send({ kind: 'env', bytes: genesis.bytes });
  await founder.heard('ack');
  const talks = [founder];
  for (let i = 1; i < SOCKETS; i++) {
    const talk = await Talk.open(relay.port);
    await talk.enter(device);
    talks.push(talk);
  }
  const samples: number[] = [];
  const cpuStart = cpuMs(relay.pid);
  for (let i = 0; i < SAMPLES; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    samples.push(rssBytes(relay.pid));
  }
  const cpu = (cpuMs(relay.pid) - cpuStart) / (SAMPLES * 500);
  for (const talk of talks) talk.socket.close();
  await relay.kill('SIGKILL');
  folder.remove();
  samples.sort((a, b) => a - b);
  const [median = 0, worst = 0] = [samples[SAMPLES >> 1], samples.at(-1)];
  return [
    {
      figure: `relay idle, ${String(SOCKETS)} sockets: memory`,
      median: megabytes(median),
      p95: megabytes(worst),
      peer: `${megabytes(before)} with none; CPU ${(cpu * 100).toFixed(1)} %`,
      ratio: (median / before).toFixed(2),
      budget: '< 100 MB',
      isWithin: worst < BUDGET_BYTES,
    },
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 10 ** 6).toFixed(0)} MB`;
}
