/** One meeting with a device nearby [P3], as its screen follows it: the code to show, how far it is, what went wrong. */
import { untrack } from 'svelte';
import type { AppClients } from '$lib/app/clients.ts';
import type { PairingState } from '$lib/engine/devices/devices-calls.ts';
import type { NearbyChoices, NearbyCode, NearbyNews, NearbyPurpose } from '$lib/engine/nearby/nearby-calls.ts';
import type { ErrorCode } from '$lib/foundation/error-codes.ts';
import type { Result } from '$lib/foundation/result.ts';
import { settle } from './document-view.svelte.ts';

export type MeetingPhase = 'none' | 'making' | 'showing' | 'reaching' | 'open' | 'ended';

export class Meeting {
  readonly #clients: Pick<AppClients, 'engine' | 'nearby'>;
  #id: string | undefined;
  #phase = $state<MeetingPhase>('none');
  #code = $state('');
  #problem = $state<ErrorCode>();
  #news = $state.raw<NearbyNews>();
  #pairing = $state.raw<PairingState>();

  constructor(clients: Pick<AppClients, 'engine' | 'nearby'>) {
    this.#clients = clients;
  }

  get phase(): MeetingPhase {
    return this.#phase;
  }
  get code(): string {
    return this.#code;
  }
  /** Of the last deed, or of what came over the channel. */
  get problem(): ErrorCode | undefined {
    return this.#problem;
  }
  get news(): NearbyNews | undefined {
    return this.#news;
  }
  get isPaired(): boolean {
    return this.#pairing !== undefined && this.#pairing.side !== 'none' && this.#pairing.progress.step === 'done';
  }

  offer(purpose: NearbyPurpose): Promise<void> {
    this.#leave();
    return this.#make(this.#clients.nearby.offer(purpose));
  }

  answer(code: string, choices: NearbyChoices): Promise<void> {
    return this.#make(this.#clients.nearby.answer(code, choices));
  }

  async accept(answer: string): Promise<void> {
    if (this.#id === undefined) return;
    this.#problem = undefined;
    const accepted = await settle(this.#clients.nearby.accept(this.#id, answer));
    if (!accepted.ok) this.#problem = accepted.error.code;
    else if (this.#phase === 'showing') this.#phase = 'reaching';
  }

  /** For as long as the screen is there; a channel that stands outlives it. */
  follow = (): (() => void) => {
    const { engine, nearby } = this.#clients;
    const stops = [
      nearby.subscribe((meeting, state) => {
        if (meeting !== this.#id) return;
        this.#phase = state === 'open' ? 'open' : 'ended';
        if (state === 'unreachable') this.#problem = 'nearby-unreachable';
      }),
      engine.subscribe((event) => {
        if (event.kind === 'nearby' && event.meeting === this.#id) this.#hear(event.news);
        else if (event.kind === 'pairing') this.#hearPairing(event.pairing);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      untrack(() => this.#leave());
    };
  };

  async #make(made: Promise<Result<NearbyCode>>): Promise<void> {
    this.#phase = 'making';
    this.#problem = undefined;
    this.#news = undefined;
    const result = await settle(made);
    if (!result.ok) {
      this.#problem = result.error.code;
      this.#phase = 'ended';
      return;
    }
    this.#id = result.value.meeting;
    this.#code = result.value.code;
    this.#phase = 'showing';
  }

  #hear(news: NearbyNews): void {
    if (news.kind === 'failed') this.#problem = news.code;
    else this.#news = news;
  }

  #hearPairing(pairing: PairingState): void {
    if (this.#phase !== 'open' || pairing.side === 'none') return;
    this.#pairing = pairing;
    if (pairing.progress.step === 'failed') this.#problem = pairing.progress.code;
  }

  #leave(): void {
    if (this.#id !== undefined) this.#clients.nearby.end(this.#id);
    this.#id = undefined;
  }
}
