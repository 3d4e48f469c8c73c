/** [R6] Backup beside a running relay, and restore from it, by the commands of docs/deploy.md. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, runRelayCommand, startRelay } from './relay-process.fixture.ts';

beforeAll(readyCrypto);

function folder(): string {
  const made = newDataFolder();
  onTestFinished(made.remove);
  return made.path;
}

test('[R6] a relay restored from its backup has its own key and every envelope of then; devices bring the rest', async () => {
  const [data, safe, fresh] = [folder(), folder(), folder()];
  const relay = await startRelay(data);
  const client = await RelayClient.greeted(relay.port);
  const alice = new Device();
  await client.found(alice);
  const before = alice.next();
  await client.append(before);
  expect(await runRelayCommand(['--data', data, '--backup', join(safe, 'relay.sqlite')])).toBe(0);
  copyFileSync(join(data, 'relay.key'), join(safe, 'relay.key'));
  const after = alice.next();
  await client.append(after);
  await relay.kill('SIGKILL');

  for (const name of ['relay.sqlite', 'relay.key']) copyFileSync(join(safe, name), join(fresh, name));
  const restored = await startRelay(fresh);
  onTestFinished(() => void restored.kill('SIGKILL'));
  const again = await RelayClient.greeted(restored.port);
  expect(again.hello?.relay?.key).toEqual(client.hello?.relay?.key);
  again.send(again.authFrame(alice));
  await again.next('welcome');
  again.send({ kind: 'frontier', space: alice.space, mode: 'full', chains: [] });
  const { chains } = await again.next('frontier');
  expect(chains.map(({ device, intervals }) => [device, intervals])).toEqual([[alice.keys.device, [[0, before.seq]]]]);
  await again.append(after);
  again.close();
});

test('[R6] a backup never writes over a file that is there, nor makes one of a relay that is not', async () => {
  const [data, safe] = [folder(), folder()];
  const relay = await startRelay(data);
  onTestFinished(() => void relay.kill('SIGKILL'));
  const target = join(safe, 'relay.sqlite');
  expect(await runRelayCommand(['--data', data, '--backup', target])).toBe(0);
  expect(await runRelayCommand(['--data', data, '--backup', target])).toBe(1);
  expect(await runRelayCommand(['--data', safe.concat('-absent'), '--backup', join(safe, 'other.sqlite')])).toBe(1);
});
