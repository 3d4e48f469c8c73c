/** Alice with several devices, a relay's mailboxes, and links between whoever is joined. */
import { unwrap } from '../../foundation/result.ts';
import type { SpaceId } from '../../foundation/ids.ts';
import { MailRelay } from '../mail-relay.fixture.ts';
import { World, type Device } from '../world.fixture.ts';

export const RELAY = 'https://relay.test';

export class DevicesWorld extends World {
  readonly relay = new MailRelay();

  async someone(name: string): Promise<Device> {
    const device = await this.person(name, { relayUrl: RELAY });
    this.relay.connect(this, device);
    await this.pass(1_000);
    return device;
  }

  /** A blank device that becomes the other one's second, with both joined directly; returns it and the cut. */
  async link(first: Device, name: string): Promise<{ readonly device: Device; readonly cut: () => void }> {
    const device = await this.start();
    this.relay.connect(this, device);
    await this.pass(1_000);
    unwrap(await first.engine.offerPairing('code'));
    const state = await first.engine.pairing();
    const code = state.side === 'host' ? state.code : '';
    const choices = { protection: { kind: 'device' }, deviceName: name, relayUrl: RELAY } as const;
    unwrap(await device.engine.acceptPairing(code, choices));
    await this.pass(5_000);
    const meeting = this.join(first, device);
    await this.pass(10_000);
    // It has keys of its own now, and proves these when they meet again.
    meeting();
    const cut = this.join(first, device);
    await this.pass(3_000);
    return { device, cut };
  }

  /** Bob, let into a space over the relay's mailboxes and a direct link. */
  async guest(host: Device, space: SpaceId, name: string, role: 'editor' | 'reader' = 'editor'): Promise<Device> {
    await host.confirmWords();
    const { link } = unwrap(await host.engine.invite(space, { role, days: 1, maxUses: 1 }));
    const guest = await this.someone(name);
    this.join(host, guest);
    unwrap(await this.during(guest.engine.acceptInvitation(link ?? '', name)));
    await this.pass(10_000);
    return guest;
  }
}
