/**
 * A member with a modified client who governs: it signs further entries of its chain, each time after what one person
 * holds of it, and shows them to that person alone. So its chain forks, and forks again.
 */
import { forgeNext, type ForgedRecord } from '../../src/lib/engine/stolen-keys.fixture.ts';
import { Disk } from '../../src/lib/engine/world.fixture.ts';
import { epochIdOf } from '../../src/lib/engine/space-keys.ts';
import type { EnvelopeId, MemberId, SpaceId } from '../../src/lib/foundation/ids.ts';
import { encodeAttestation } from '../../src/lib/protocol/attest.ts';
import { encodeEpochOp } from '../../src/lib/protocol/epoch-op.ts';
import { encodeKeybox } from '../../src/lib/protocol/keybox.ts';
import { encodeMembershipRecord } from '../../src/lib/protocol/membership-codec.ts';
import { ROLES, type MembershipOp } from '../../src/lib/protocol/membership-op.ts';
import type { SeededRandom } from './seeded-random.ts';

interface Target {
  readonly name: string;
  readonly member: MemberId;
}

export class Traitor {
  readonly name: string;
  readonly #disk: Disk;
  readonly #random: SeededRandom;

  constructor({ name, disk }: { readonly name: string; readonly disk: Disk }, random: SeededRandom) {
    this.name = name;
    this.#disk = disk;
    this.#random = random;
  }

  /** `holder`: a copy of the disk of the one who is shown it. */
  async sign(
    space: SpaceId,
    holder: Disk,
    target: Target,
  ): Promise<{ readonly said: string; readonly entries: readonly Uint8Array[] }> {
    const disk = new Disk(this.#disk.profile, holder.log);
    const dice = this.#random.chance();
    const role = this.#random.pick(ROLES) ?? 'reader';
    const operation: MembershipOp =
      dice < 0.35
        ? { op: 'remove', memberId: target.member, cutoffs: [] }
        : { op: 'role.set', memberId: target.member, role, cutoffs: [] };
    const isEpoch = dice > 0.85;
    const random = this.#random;
    const entries = await forgeNext(disk, space, function* ({ governance, secrets }) {
      const { history, keys } = governance;
      const parents = history.headsFor(secrets.device);
      // Who was put out still holds the epochs of before.
      const sealedUnder = keys.findWritable(history)?.id ?? keys.content.epochs().at(-1);
      const under = sealedUnder === undefined ? {} : { epoch: sealedUnder };
      if (random.chance() < 0.4) yield { ...attest(parents), ...under };
      if (!isEpoch) {
        yield { type: 'membership', body: encodeMembershipRecord({ parents, operation }), ...under };
        return;
      }
      const { op, secret } = keys.propose(history, parents, random);
      const epoch = epochIdOf(yield { type: 'epoch', body: encodeEpochOp(op) });
      for (const box of keys.boxFor(epoch, secret, { state: history.current(), devices: op.recipients }))
        yield { type: 'keybox', body: encodeKeybox(box) };
    });
    const said = isEpoch
      ? 'a new epoch'
      : operation.op === 'remove'
        ? `${target.name} removed`
        : `${target.name} ${role}`;
    return { said, entries };
  }
}

function attest(mheads: readonly EnvelopeId[]): ForgedRecord {
  return { type: 'attest', body: encodeAttestation({ chains: [], mheads }) };
}
