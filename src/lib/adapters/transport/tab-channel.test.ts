import { describe, expect, it } from 'vitest';
import { describeTransport, type TransportPair } from '../../sync/transport.contract.ts';
import type { Transport } from '../../sync/transport.ts';
import { openTabChannel, type TabChannel } from './tab-channel.ts';

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

interface Tab {
  readonly channel: TabChannel;
  readonly links: Transport[];
}

function openTab(name: string, onLink: () => void = () => undefined): Tab {
  const links: Transport[] = [];
  const channel = openTabChannel({
    name,
    random,
    onTab: (transport) => {
      links.push(transport);
      onLink();
    },
  });
  return { channel, links };
}

/** Both tabs found each other. */
async function twoTabs(name: string): Promise<readonly [Tab, Tab]> {
  const first = openTab(name);
  let second: Tab | undefined;
  await new Promise<void>((resolve) => {
    second = openTab(name, resolve);
  });
  if (second === undefined) throw new Error('no second tab');
  return [first, second];
}

/** A message on a channel of the same process takes a few turns; one round trip on another channel outlasts them. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await roundTrip();
}

function roundTrip(): Promise<void> {
  const name = crypto.randomUUID();
  const [a, b] = [new BroadcastChannel(name), new BroadcastChannel(name)];
  return new Promise((resolve) => {
    b.onmessage = () => {
      a.close();
      b.close();
      resolve();
    };
    a.postMessage('ping');
  });
}

describeTransport('TabChannel', async (): Promise<TransportPair> => {
  const [first, second] = await twoTabs(crypto.randomUUID());
  await settle();
  const [near] = first.links;
  const [far] = second.links;
  if (near === undefined || far === undefined) throw new Error('the tabs did not meet');
  const dispose = () => {
    first.channel.close();
    second.channel.close();
  };
  return { near, far, settle, dispose };
});

describe('TabChannel among three tabs', () => {
  it('gives each pair a link of its own', async () => {
    const name = crypto.randomUUID();
    const [first, second] = await twoTabs(name);
    const third = openTab(name);
    await settle();
    expect([first, second, third].map((tab) => tab.links.length)).toEqual([2, 2, 2]);
    const heard: string[] = [];
    const listen = (tab: Tab, label: string) => {
      for (const link of tab.links)
        link.listen({ onFrame: () => heard.push(label), onClose: () => heard.push(`${label} closed`) });
    };
    listen(second, 'second');
    listen(third, 'third');
    first.links[0]?.send(Uint8Array.of(1));
    await settle();
    expect(heard).toEqual(['second']);
    first.channel.close();
    await settle();
    expect(heard.sort()).toEqual(['second', 'second closed', 'third closed']);
    second.channel.close();
    third.channel.close();
  });
});
