/**
 * The engine as one object: keys, membership, log and sync behind the contract of `engine.ts`. It is plain code over
 * ports, so that tests run many of them in one process without a worker.
 */
import { kdf } from '../crypto/kdf.ts';
import { bytesToHex } from '../foundation/bytes.ts';
import { idToBytes, type SpaceId } from '../foundation/ids.ts';
import type { Transport } from '../sync/transport.ts';
import { DevicesCalls } from './devices/devices-calls.ts';
import type { DeviceLinking } from './devices/device-linking.ts';
import { EngineFacade } from './engine-facade.ts';
import { EngineParts } from './engine-parts.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { Engine } from './engine.ts';
import { joinCalls } from './joined-calls.ts';
import { KeyingAnswers } from './keying/keying-calls.ts';
import { Meetings } from './nearby/meetings.ts';
import { NearbyDesk } from './nearby/nearby-calls.ts';
import { PersonalCalls } from './personal/personal-calls.ts';
import { TrustCalls } from './trust/trust-calls.ts';
import type { SpaceReplica } from './space-replica.ts';
import { WaysBackAnswers } from './ways-back/ways-back-calls.ts';
import { StewardshipCalls } from './stewardship/stewardship-calls.ts';

export interface EngineRoot {
  readonly engine: Engine;
  /** Levels logs over this link until it closes or the returned function is called. */
  attach(transport: Transport): () => void;
  /** The channel of a meeting that this engine offered or answered [P3] stands. */
  meet(meeting: string, transport: Transport): void;
  /** What members can derive and nobody else: an opaque room for the mesh, and its password; undefined while locked. */
  meshSecrets(space: SpaceId): { readonly room: string; readonly password: string } | undefined;
  /** [I5] Takes a new device in, or becomes one, over a channel whose both ends hold one secret already. */
  pairOver: DeviceLinking['over'];
  /** The relay to be connected to now: the session's, or of a blank device the one where it meets another; empty for none. */
  relayUrl(): string;
  /** Resolves when nothing received is unhandled and nothing is being written. For tests and orderly stops. */
  settled(): Promise<void>;
  close(): void;
}

export async function createEngine(ports: EnginePorts): Promise<EngineRoot> {
  const parts = new EngineParts(ports);
  await parts.session.start();
  const { spaces, invitations, joining, mail, links, events } = parts;
  const { linking } = parts.own;
  const meetings = new Meetings({
    ...ports,
    ...{ spaces, invitations, joining, mail, links, linking, events },
    onFault: (fault) => parts.onFault(fault),
  });
  const engine: Engine = joinCalls(
    new EngineFacade(parts, ports),
    new PersonalCalls(parts.session, parts.personal),
    new WaysBackAnswers(parts, ports),
    new StewardshipCalls(parts),
    new KeyingAnswers(parts),
    new NearbyDesk(parts.session, meetings),
    new DevicesCalls(parts.own),
    new TrustCalls(parts),
  );
  return {
    engine,
    attach: (transport) => parts.links.attach(transport),
    meet: (meeting, transport) => meetings.meet(meeting, transport),
    meshSecrets: (space) => meshSecretsOf(parts.spaces.find(space)),
    pairOver: (channel, given) => parts.own.linking.over(channel, given),
    relayUrl: () => (parts.session.isOpen ? parts.vault.secrets.relayUrl : parts.own.linking.relayUrl),
    settled: () => parts.settled(),
    close() {
      meetings.close();
      parts.close();
    },
  };
}

function meshSecretsOf(
  replica: SpaceReplica | undefined,
): { readonly room: string; readonly password: string } | undefined {
  const secret = replica?.governance.keys.newestSecret(replica.governance.history);
  if (replica === undefined || secret === undefined) return undefined;
  const context = idToBytes(replica.space);
  return { room: bytesToHex(kdf(secret, 'room', context)), password: bytesToHex(kdf(secret, 'room-pass', context)) };
}
