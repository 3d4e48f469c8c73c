/** The waiting room of the in-memory engine: plain values that a test puts there. Tests only. */
import type { JoiningView, JoinRequestView, TrustEngineCalls } from '$lib/engine/trust/trust-calls.ts';
import type { ClaimId, SpaceId } from '$lib/foundation/ids.ts';
import { fail, ok, type Result } from '$lib/foundation/result.ts';

export class MemoryTrust implements TrustEngineCalls {
  requests: JoinRequestView[] = [];
  awaited: JoiningView | undefined;
  readonly decided: (readonly [ClaimId, 'approved' | 'refused'])[] = [];

  joinRequests = (): Promise<readonly JoinRequestView[]> => Promise.resolve(this.requests);
  approveRequest = (_space: SpaceId, id: ClaimId, digits: string): Promise<Result<void>> =>
    this.requests.some(({ request, digits: shown }) => request === id && shown === digits)
      ? this.#decide(id, 'approved')
      : Promise.resolve(fail('digits-differ'));
  refuseRequest = (_space: SpaceId, id: ClaimId): Promise<Result<void>> => this.#decide(id, 'refused');
  joining = (): Promise<JoiningView | undefined> => Promise.resolve(this.awaited);

  #decide(id: ClaimId, verdict: 'approved' | 'refused'): Promise<Result<void>> {
    this.requests = this.requests.filter(({ request }) => request !== id);
    this.decided.push([id, verdict]);
    return Promise.resolve(ok(undefined));
  }
}
