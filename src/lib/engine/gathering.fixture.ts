/** Alice hosts, others come: the opening scene of most stories. */
import { unwrap } from '../foundation/result.ts';
import type { SpaceId } from '../foundation/ids.ts';
import type { Role } from '../protocol/membership-op.ts';
import { MailRelay } from './mail-relay.fixture.ts';
import type { Device, World } from './world.fixture.ts';

export const RELAY = 'wss://relay.test';

export class Gathering {
  readonly world: World;
  readonly relay = new MailRelay();

  constructor(world: World) {
    this.world = world;
  }

  /** A person who may invite, connected to the relay, with a space. */
  async host(name: string): Promise<{ readonly device: Device; readonly space: SpaceId }> {
    const device = await this.world.person(name);
    unwrap(await device.engine.setRelay(RELAY));
    await device.confirmWords();
    this.relay.connect(this.world, device);
    return { device, space: await device.newSpace() };
  }

  async guest(name: string): Promise<Device> {
    const device = await this.world.person(name);
    this.relay.connect(this.world, device);
    return device;
  }

  async link(device: Device, space: SpaceId, role: Role, maxUses = 1): Promise<string> {
    const made = unwrap(await device.engine.invite(space, { role, days: 7, maxUses }));
    await this.world.pass(100);
    if (made.link === undefined) throw new Error('the device that made it holds the link');
    return made.link;
  }

  /** Lets a newcomer in over a peer link to the host; returns the newcomer and the cut of that link. */
  async admit(
    host: { readonly device: Device; readonly space: SpaceId },
    name: string,
    role: Role,
  ): Promise<{ readonly device: Device; readonly cut: () => void }> {
    const device = await this.guest(name);
    const cut = this.world.join(host.device, device);
    const link = await this.link(host.device, host.space, role);
    unwrap(await this.world.during(device.engine.acceptInvitation(link, name)));
    await this.world.pass(8_000);
    return { device, cut };
  }
}
