/** The parts of the engine that know who somebody is, and how they tell of it. */
import type { InviteClaim } from '../../protocol/membership-op.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Random } from '../../foundation/random.ts';
import type { EngineEvents } from '../engine-events.ts';
import type { LocalRecords } from '../local-records.ts';
import type { MailRoom } from '../mail-room.ts';
import type { Spaces } from '../spaces.ts';
import type { OnFault } from '../turns.ts';
import type { Vault } from '../vault.ts';
import { JoinAnswers } from './join-answers.ts';
import { JoinRequests } from './join-requests.ts';
import { VoiceApproval } from './voice-approval.ts';

export interface TrustPorts {
  readonly vault: Vault;
  readonly spaces: Spaces;
  readonly records: LocalRecords;
  readonly mail: MailRoom;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EngineEvents;
  readonly onFault: OnFault;
}

export class TrustParts {
  readonly requests: JoinRequests;
  readonly answers: JoinAnswers;
  readonly voice: VoiceApproval;

  constructor(ports: TrustPorts) {
    const { events } = ports;
    this.requests = new JoinRequests({
      ...ports,
      onChange: (space) => events.emit({ kind: 'join-requests', space }),
    });
    this.voice = new VoiceApproval({
      ...ports,
      requests: this.requests,
      isDoubtful: (claim) => this.isDoubtful(claim),
      isMember: (space, { memberId, keys }) =>
        ports.spaces.find(space)?.state.member(memberId)?.devices[0] === keys.device,
    });
    this.answers = new JoinAnswers({ ...ports, onChange: (space) => events.emit({ kind: 'joining', space }) });
  }

  isDoubtful(_claim: InviteClaim): boolean {
    return false;
  }

  clear(): void {
    this.requests.clear();
  }

  settled(): Promise<void> {
    return this.answers.settled();
  }
}
