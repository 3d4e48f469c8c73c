/** Devices joined by hand, for stories about one link. */
import { setImmediate as turn } from 'node:timers/promises';
import { MemoryDisk } from '../../src/lib/adapters/storage/memory-log-store.ts';
import {
  createMemoryLink,
  type MemoryLink,
  type MemoryLinkOptions,
} from '../../src/lib/adapters/transport/memory-link.ts';
import type { DeviceId, SpaceId } from '../../src/lib/foundation/ids.ts';
import type { StoredEntry } from '../../src/lib/log/log-store.ts';
import { decodeFrame, type Frame } from '../../src/lib/protocol/frames.ts';
import { VirtualTime } from '../../src/lib/sync/virtual-time.fixture.ts';
import { PlainDevice } from './plain-device.ts';
import { Keyring } from './plain-envelopes.ts';
import { SeededRandom } from './seeded-random.ts';

export interface Party {
  readonly name: string;
  readonly device: PlainDevice;
  readonly disk: MemoryDisk;
  readonly clock: { skewMs: number };
  readonly stored: StoredEntry[];
  readonly faults: unknown[];
}

export interface SentFrame {
  readonly from: 0 | 1;
  readonly atMs: number;
  readonly frame: Frame;
  readonly bytes: number;
}

export class Stage {
  readonly time = new VirtualTime(() => turn());
  readonly keys = new Keyring();
  readonly random = new SeededRandom(7);

  party(name: string, disk = new MemoryDisk()): Party {
    const clock = { skewMs: 0 };
    const stored: StoredEntry[] = [];
    const faults: unknown[] = [];
    const device = new PlainDevice(
      {
        name,
        disk,
        clock: { nowMs: () => this.time.nowMs() + clock.skewMs },
        scheduler: this.time,
        random: this.random.fork(),
        onStored: (entries) => stored.push(...entries),
        onFault: (error) => faults.push(error),
      },
      this.keys,
    );
    return { name, device, disk, clock, stored, faults };
  }

  /** Alice founds a space and admits the others, who have not yet heard of it. */
  async space(alice: Party, others: readonly Party[]): Promise<SpaceId> {
    const founding = alice.device.found();
    await this.time.pass(20);
    const space = await founding;
    for (const { device } of others) {
      void alice.device.admit(device.id);
      await device.join(space);
      await this.time.pass(20);
    }
    return space;
  }

  async write(party: Party, count: number): Promise<void> {
    for (let i = 0; i < count; i++) void party.device.write(`${party.name} ${String(i)}`);
    await this.time.pass(20);
  }

  link(
    a: Party,
    b: Party,
    options: Partial<MemoryLinkOptions> = {},
  ): { readonly link: MemoryLink; readonly sent: SentFrame[] } {
    const sent: SentFrame[] = [];
    const link = createMemoryLink({
      scheduler: this.time,
      chance: this.random.chance,
      binding: this.random.bytes(8),
      onSend: (bytes, from) => {
        const frame = decodeFrame(bytes);
        if (!frame.ok) throw new Error(`sent a bad frame: ${frame.error.code}`);
        sent.push({ from, atMs: this.time.nowMs(), frame: frame.value, bytes: bytes.length });
      },
      ...options,
    });
    a.device.connect(link.ends[0], () => undefined);
    b.device.connect(link.ends[1], () => undefined);
    return { link, sent };
  }
}

/** author/seq of everything held, in order of arrival. */
export function held(party: Party, space: SpaceId): readonly string[] {
  return (party.disk.spaces.get(space)?.arrival ?? []).map((entry) => placeOf(entry.author, entry.seq));
}

export function isLevel(space: SpaceId, ...parties: readonly Party[]): boolean {
  const [first, ...others] = parties.map((party) => [...held(party, space)].sort().join());
  return others.every((other) => other === first);
}

export function placeOf(author: DeviceId, seq: number): string {
  return `${author.slice(0, 8)}/${String(seq)}`;
}

export function kindsOf(sent: readonly SentFrame[], kind: Frame['kind']): readonly SentFrame[] {
  return sent.filter(({ frame }) => frame.kind === kind);
}
