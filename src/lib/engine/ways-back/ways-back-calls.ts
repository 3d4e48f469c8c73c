/** The ways back in, as screens ask for them (docs/spec/ways-back.md). */
import { fail, ok, type Result } from '../../foundation/result.ts';
import type { EngineParts } from '../engine-parts.ts';

/** Words were typed on a blank device, and the list of spaces has not been found yet. */
export type SpacesSearch =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'looking';
      readonly relayUrl: string;
      /** `unreached`: no relay at the address; `empty`: it answered that nothing lies there for these words. */
      readonly answer: 'waiting' | 'unreached' | 'empty';
    };

export type WaysBackEvent = { readonly kind: 'search'; readonly search: SpacesSearch };

export interface WaysBackCalls {
  spacesSearch(): Promise<SpacesSearch>;
  /** Asks the relay once more. */
  searchAgain(): Promise<void>;
  /** Gives the search up and goes on with what is here; the identity stays. */
  endSearch(): Promise<Result<void>>;
}

export class WaysBackAnswers implements WaysBackCalls {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  spacesSearch(): Promise<SpacesSearch> {
    return Promise.resolve(this.#parts.recovery.search());
  }

  searchAgain(): Promise<void> {
    this.#parts.mail.askAgain();
    return Promise.resolve();
  }

  async endSearch(): Promise<Result<void>> {
    if (!this.#parts.session.isOpen) return fail('locked');
    const ended = await this.#parts.recovery.endSearch();
    if (!ended.ok) return ended;
    this.#parts.recovery.refresh();
    this.#parts.events.emit({ kind: 'search', search: this.#parts.recovery.search() });
    return ok(undefined);
  }
}
