import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLevel, Stage, type Party } from '../../../tests/simulation/pair.ts';
import { bundleToBlob, readBundleFile } from '../adapters/transport/bundle-file.ts';
import { concatBytes } from '../foundation/bytes.ts';
import type { Result } from '../foundation/result.ts';
import type { SpaceId } from '../foundation/ids.ts';
import { id16Of } from '../protocol/attest.ts';
import type { FrontierChain } from '../protocol/sync-frames.ts';
import { exportBundle, importBundle, type BundleReport } from './bundle.ts';

async function aliceAndBob() {
  const stage = new Stage();
  const [alice, bob] = [stage.party('alice'), stage.party('bob')];
  const space = await stage.space(alice, [bob]);
  await stage.write(alice, 20);
  return { stage, alice, bob, space };
}

const portsOf = (stage: Stage, { device }: Party) => ({
  host: device.host,
  clock: stage.time,
  scheduler: stage.time,
  random: stage.random,
});

async function exported(
  stage: Stage,
  party: Party,
  space: SpaceId,
  since?: readonly FrontierChain[],
): Promise<Uint8Array> {
  return concatBytes(...(await exportBundle(portsOf(stage, party), space, since)));
}

async function imported(
  stage: Stage,
  party: Party,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Result<BundleReport>> {
  const importing = importBundle(portsOf(stage, party), pieces);
  await stage.time.pass(10_000);
  return importing;
}

async function frontierOf(party: Party, space: SpaceId): Promise<readonly FrontierChain[]> {
  const heads = await party.device.host.frontier(space);
  return [...heads].map(([device, { seq, id }]) => ({ device, intervals: [[0, seq] as const], head: id16Of(id) }));
}

describe('A bundle carried by hand', () => {
  it('[S4] brings Bob all that Alice holds, and a second import changes nothing', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const file = await exported(stage, alice, space);
    expect(await imported(stage, bob, [file])).toEqual({
      ok: true,
      value: { space, stored: 23, known: 0, waiting: 0, refused: 0 },
    });
    expect(isLevel(space, alice, bob)).toBe(true);
    expect(await imported(stage, bob, [file])).toEqual({
      ok: true,
      value: { space, stored: 0, known: 23, waiting: 0, refused: 0 },
    });
  });

  it('[S4] holds only what a given frontier lacks', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const whole = await exported(stage, alice, space);
    await imported(stage, bob, [whole]);
    await stage.write(alice, 2);
    await stage.write(bob, 3);
    const delta = await exported(stage, alice, space, await frontierOf(bob, space));
    expect(delta.length).toBeLessThan(whole.length / 5);
    expect(await imported(stage, bob, [delta])).toMatchObject({ value: { stored: 2, known: 0 } });
    const back = await exported(stage, bob, space, await frontierOf(alice, space));
    expect(await imported(stage, alice, [back])).toMatchObject({ value: { stored: 3, known: 0 } });
    expect(isLevel(space, alice, bob)).toBe(true);
  });

  it('[S4] a delta that begins beyond what Bob holds waits, and is told', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const since = await frontierOf(alice, space);
    await stage.write(alice, 2);
    const delta = await exported(stage, alice, space, since);
    expect(await imported(stage, bob, [delta])).toMatchObject({ value: { stored: 0, waiting: 2 } });
  });

  it('[S4] is saved to a file and read back in pieces', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const blob = bundleToBlob(await exportBundle(portsOf(stage, alice), space));
    const pieces: Uint8Array[] = [];
    for await (const piece of readBundleFile(blob)) pieces.push(piece);
    expect(await imported(stage, bob, pieces)).toMatchObject({ value: { stored: 23 } });
  });

  it('of a space that Bob does not know is refused before anything is read', async () => {
    const { stage, alice, space } = await aliceAndBob();
    const stranger = stage.party('stranger');
    expect(await imported(stage, stranger, [await exported(stage, alice, space)])).toMatchObject({
      ok: false,
      error: { code: 'wrong-space' },
    });
  });

  it('[S4] cut short keeps what was whole, and says that it was cut', async () => {
    const { stage, alice, bob, space } = await aliceAndBob();
    const file = await exported(stage, alice, space);
    expect(await imported(stage, bob, [file.subarray(0, file.length - 900)])).toMatchObject({
      ok: false,
      error: { code: 'truncated' },
    });
    expect(await imported(stage, bob, [file])).toMatchObject({ value: { known: 21, stored: 2 } });
  });

  it('[E3] with any byte flipped stores nothing that Alice did not write', async () => {
    const { stage, alice, space } = await aliceAndBob();
    const file = await exported(stage, alice, space);
    let copies = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bob = stage.party(`bob ${String(copies++)}`);
        await bob.device.join(space);
        const bad = file.slice();
        bad[at] = (bad[at] ?? 0) ^ flip;
        await imported(stage, bob, [bad]);
        const written = alice.disk.spaces.get(space)?.chains.get(alice.device.id) ?? [];
        for (const entry of bob.stored) expect(written[entry.seq]?.id).toBe(entry.id);
      }),
      { numRuns: 60 },
    );
  });
});
