/**
 * Random histories of a space: a handful of devices that act on what they have seen, often without having seen one
 * another, honest or not: they backdate, copy chains, deny what they acknowledged. Replays from its seed.
 */
import type { EnvelopeId } from '../foundation/ids.ts';
import { ROLES, type Role } from '../protocol/membership-op.ts';
import { MembershipGraph, type Attest, type MembershipEntry } from './membership-graph.ts';
import type { StoryDevice } from './story.fixture.ts';
import { claimOf, seededNumbers, Story } from './story.fixture.ts';

export interface HistoryOptions {
  readonly seed: number;
  readonly steps: number;
  /** Whether devices copy their chain, backdate and deny. */
  readonly isHostile: boolean;
}

export function randomHistory({ seed, steps, isHostile }: HistoryOptions): Story {
  const story = new Story(seed);
  const next = seededNumbers(seed ^ 0x5eed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const founder = story.founder();
  const devices = [founder, ...(founder.recovery === undefined ? [] : [founder.recovery])];
  const recruits: { readonly newcomer: StoryDevice; readonly role: Role }[] = [];
  const admit = (sponsor: StoryDevice): void => {
    const role = pick(['owner', 'owner', 'admin', 'admin', 'editor', 'reader'] as const);
    const newcomer = sponsor.admit(role);
    devices.push(newcomer);
    recruits.push({ newcomer, role });
  };
  for (let i = 0; i < 3; i++) admit(founder);
  for (const device of devices) device.sees(founder);
  const deeds: readonly ((device: StoryDevice) => void)[] = [
    (device) => void device.sees(pick(devices), pick(devices)),
    (device) => void device.sees(...devices),
    (device) => void device.remove(pick(devices)),
    (device) => void device.remove(pick(devices)),
    (device) => void device.setRole(pick(devices), pick(ROLES)),
    (device) => void device.setRole(pick(devices), pick(ROLES)),
    (device) => void device.removeDevice(pick(devices)),
    (device) => void devices.push(device.addDevice()),
    admit,
    (device) => void device.write({ op: 'claim.ownership' }),
    (device) => {
      if (next() < 0.3) device.write({ op: 'leave' });
      else device.attest();
    },
    (device) => void device.write({ op: 'policy.set', policy: { historyFrom: pick(['start', 'join'] as const) } }),
    // The same person is admitted a second time, by someone who may not know of the first.
    (device) => {
      const recruit = recruits.length === 0 ? undefined : pick(recruits);
      if (recruit !== undefined)
        device.admitClaim(claimOf(recruit.newcomer, recruit.role, device.invite(recruit.role)));
    },
    // One invitation, used by two admins at once.
    (device) => {
      const invite = device.invite('editor');
      const other = pick(devices).sees(device);
      devices.push(device.admit('editor', invite), other.admit('editor', invite));
    },
  ];
  const misdeeds: readonly ((device: StoryDevice) => void)[] = [
    (device) => void devices.push(device.copy()),
    (device) => void (device.heads = [pick(story.entries).id]),
  ];
  for (let i = 0; i < steps; i++) pick(isHostile && next() < 0.15 ? misdeeds : deeds)(pick(devices));
  return story;
}

/** The same operations and attests, delivered in another order. */
export function shuffled(story: Story, seed: number): MembershipGraph {
  const next = seededNumbers(seed);
  const deliveries: (MembershipEntry | Attest)[] = [...story.entries, ...story.attests];
  for (let i = deliveries.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [deliveries[i], deliveries[j]] = [
      deliveries[j] as MembershipEntry | Attest,
      deliveries[i] as MembershipEntry | Attest,
    ];
  }
  const graph = new MembershipGraph();
  for (const delivery of deliveries) deliver(graph, delivery);
  return graph;
}

export function deliver(graph: MembershipGraph, delivery: MembershipEntry | Attest): void {
  if (!('record' in delivery)) {
    graph.attest(delivery);
    return;
  }
  const outcome = graph.add(delivery);
  if (!outcome.ok) throw new Error(outcome.error.code);
}

/** Everything below one operation, as a set of its own. */
export function pastOf(story: Story, id: EnvelopeId): MembershipGraph {
  const graph = new MembershipGraph();
  for (const entry of story.graph.past(id)) deliver(graph, entry);
  return graph;
}
