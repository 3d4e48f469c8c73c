/** Short words after a deed, with the way back. One at a time: the newest replaces the one before. */
export interface Toast {
  readonly text: string;
  readonly tone: 'plain' | 'problem';
  /** Offers the way back until the toast goes. */
  readonly undo?: () => void;
}

const SHOWN_MS = 7_000;

export class Toasts {
  #current = $state.raw<Toast | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  get current(): Toast | undefined {
    return this.#current;
  }

  show(text: string, undo?: () => void): void {
    this.#set(undo === undefined ? { text, tone: 'plain' } : { text, tone: 'plain', undo });
  }
  problem(text: string): void {
    this.#set({ text, tone: 'problem' });
  }
  dismiss(): void {
    clearTimeout(this.#timer);
    this.#current = undefined;
  }
  /** While the pointer or the focus is on it, it stays. */
  hold(): void {
    clearTimeout(this.#timer);
  }
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), SHOWN_MS);
  }

  #set(toast: Toast): void {
    this.#current = toast;
    this.release();
  }
}
