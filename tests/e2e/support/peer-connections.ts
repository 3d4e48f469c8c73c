/** Lets a journey end a page's peer connections, as a lost network would: no emulation reaches them. */
import type { BrowserContext } from '@playwright/test';

declare global {
  var livePeerConnections: Set<RTCPeerConnection> | undefined;
}

export async function recordPeerConnections(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    if (!('RTCPeerConnection' in globalThis)) return;
    const live = new Set<RTCPeerConnection>();
    globalThis.livePeerConnections = live;
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        live.add(this);
      }
    };
  });
}

export async function endPeerConnections(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) {
    await page.evaluate(() => {
      for (const connection of globalThis.livePeerConnections ?? []) connection.close();
      globalThis.livePeerConnections?.clear();
    });
  }
}
