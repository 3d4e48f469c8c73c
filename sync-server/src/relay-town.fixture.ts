/** One relay process for a test file, and the people who come to it. */
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { readyCrypto } from '../../src/lib/crypto/sodium.ts';
import { Device } from './device.fixture.ts';
import { RelayClient } from './relay-client.fixture.ts';
import { newDataFolder, startRelay } from './relay-process.fixture.ts';
import type { RelayProcess } from './relay-process.fixture.ts';

export interface RelayTown {
  /** Running while tests run. */
  readonly relay: RelayProcess;
  person(): Promise<RelayClient>;
  /** Alice's space, with her connected. */
  aliceFounds(): Promise<{ alice: Device; client: RelayClient }>;
  /** Lets a device in by Alice's hand. */
  admit(alice: Device, client: RelayClient, entry: { counter: number; caps?: number; idx?: number }): Promise<Device>;
}

/** Call at the top of a test file. */
export function relayTown(): RelayTown {
  let relay: RelayProcess;
  const folder = newDataFolder();
  beforeAll(async () => {
    await readyCrypto();
    relay = await startRelay(folder.path);
  });
  afterAll(async () => {
    await relay.kill('SIGTERM');
    folder.remove();
  });
  const person = async (): Promise<RelayClient> => {
    const client = await RelayClient.greeted(relay.port);
    onTestFinished(() => client.close());
    return client;
  };
  return {
    get relay() {
      return relay;
    },
    person,
    aliceFounds: async () => {
      const client = await person();
      const alice = new Device();
      await client.found(alice);
      return { alice, client };
    },
    admit: async (alice, client, { counter, caps = 3, idx = counter }) => {
      const device = new Device(alice.space);
      client.setAcl(alice, { entries: [{ key: device.keys.device, caps, idx }], counter });
      await client.next('acl-state', (state) => state.counter === counter);
      return device;
    },
  };
}
