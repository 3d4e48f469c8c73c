/** Meetings without a connection: codes as given, and states that a test tells. Tests only. */
import type { Nearby, NearbyState } from '$lib/app/clients.ts';
import { fail, ok, type Result } from '$lib/foundation/result.ts';
import type { NearbyCode } from '$lib/engine/nearby/nearby-calls.ts';

export const OFFER = `https://archipel.example/nearby#${'A'.repeat(260)}`;
export const ANSWER = 'B'.repeat(160);

export class MemoryNearby implements Nearby {
  readonly isPossible = true;
  readonly ended: string[] = [];
  readonly #listeners = new Set<(meeting: string, state: NearbyState) => void>();

  offer = (): Promise<Result<NearbyCode>> => Promise.resolve(ok({ meeting: 'meeting', code: OFFER }));
  answer = (code: string): Promise<Result<NearbyCode>> =>
    Promise.resolve(code === OFFER ? ok({ meeting: 'meeting', code: ANSWER }) : fail('nearby-malformed'));
  accept = (_meeting: string, answer: string): Promise<Result<void>> =>
    Promise.resolve(answer === ANSWER ? ok(undefined) : fail('nearby-mismatch'));
  end = (meeting: string): void => void this.ended.push(meeting);
  subscribe(listener: (meeting: string, state: NearbyState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(state: NearbyState): void {
    for (const listener of this.#listeners) listener('meeting', state);
  }
}
