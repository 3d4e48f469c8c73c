/** The waiting room of the in-memory engine: plain values that a test puts there. Tests only. */
import type { ContactView, SafetyNumber } from '$lib/engine/trust/contacts.ts';
import type { JoiningView, JoinRequestView, NoticeView, TrustEngineCalls } from '$lib/engine/trust/trust-calls.ts';
import type { ClaimId, IdentityKey, SpaceId } from '$lib/foundation/ids.ts';
import { fail, ok, type Result } from '$lib/foundation/result.ts';

export const SAFETY_NUMBER: SafetyNumber = {
  groups: Array.from({ length: 12 }, (_, at) => String(10_000 + 1_111 * at)),
  code: 'ARCHIPEL-SAFETY:1:42',
};

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

  known: ContactView[] = [];
  notices: NoticeView[] = [];
  contacts = (): Promise<readonly ContactView[]> => Promise.resolve(this.known);
  safetyNumber = (): Promise<Result<SafetyNumber>> => Promise.resolve(ok(SAFETY_NUMBER));
  verifyContact = (identity: IdentityKey, scanned: string | undefined): Promise<Result<void>> =>
    scanned === undefined || scanned === SAFETY_NUMBER.code
      ? this.#amend(identity, { verifiedAt: 1, doubt: undefined })
      : Promise.resolve(fail('safety-number-differs'));
  unverifyContact = (identity: IdentityKey): Promise<Result<void>> => this.#amend(identity, { verifiedAt: undefined });
  settleDoubt = (identity: IdentityKey): Promise<Result<void>> => {
    const doubt = this.known.find((each) => each.identity === identity)?.doubt;
    return this.#amend(identity, { doubt: doubt && { ...doubt, isSeen: true } });
  };
  securityNotices = (): Promise<readonly NoticeView[]> => Promise.resolve(this.notices);
  markNoticeSeen = (_space: SpaceId, id: string): Promise<Result<void>> => {
    this.notices = this.notices.map((notice) => (notice.id === id ? { ...notice, isSeen: true } : notice));
    return Promise.resolve(ok(undefined));
  };
  forkProof = (): Promise<Result<Uint8Array>> => Promise.resolve(ok(new Uint8Array([1])));

  #amend(identity: IdentityKey, change: Partial<ContactView>): Promise<Result<void>> {
    this.known = this.known.map((each) => (each.identity === identity ? { ...each, ...change } : each));
    return Promise.resolve(ok(undefined));
  }

  #decide(id: ClaimId, verdict: 'approved' | 'refused'): Promise<Result<void>> {
    this.requests = this.requests.filter(({ request }) => request !== id);
    this.decided.push([id, verdict]);
    return Promise.resolve(ok(undefined));
  }
}
