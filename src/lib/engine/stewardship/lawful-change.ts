/** Asks before it writes: an operation that everyone would find void is not worth a place in the chain. */
import { fail, ok, type Result } from '../../foundation/result.ts';
import { judgeOperation } from '../../membership/judge-operation.ts';
import type { MembershipOp } from '../../protocol/membership-op.ts';
import type { SpaceReplica } from '../space-replica.ts';

/** Why this device may not do `operation` now; undefined when it may. */
export function objectionTo(replica: SpaceReplica, operation: MembershipOp): Result<never> | undefined {
  if (!replica.isReady) return fail('not-a-member');
  const judgement = judgeOperation({
    operation,
    author: replica.secrets.device,
    state: replica.state,
    verifyClaim: () => true,
    verifyCard: () => true,
  });
  if (judgement.isAdmissible) return undefined;
  return judgement.reason === 'owner-remains' ? fail('owner-remains') : fail('role-forbids', judgement.reason);
}

export async function claimOwnership(replica: SpaceReplica): Promise<Result<void>> {
  const operation: MembershipOp = { op: 'claim.ownership' };
  const objection = objectionTo(replica, operation);
  if (objection !== undefined) return objection;
  const written = await replica.writer.operate(operation);
  return written.ok ? ok(undefined) : written;
}

/** Whoever is the last owner hands the space over first: nobody else could name one. */
export function mayLeave(replica: SpaceReplica): boolean {
  const { state, secrets } = replica;
  const isLastOwner = state.member(secrets.member)?.role === 'owner' && state.ownerCount === 1;
  return !isLastOwner || state.activeMembers().length === 1;
}
