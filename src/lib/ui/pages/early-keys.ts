/**
 * Someone goes on from the title into a text that is still on its way: the keys typed in that moment are kept, and
 * stand in the text as soon as it can be edited. Nothing typed is lost. (No editor is loaded for this.)
 */
export class EarlyKeys {
  #keys: string[] = [];
  #place: HTMLElement | undefined;

  /** Takes the focus to where the text will be. */
  waitIn(place: HTMLElement): void {
    this.#place = place;
    place.focus({ preventScroll: true });
  }

  /** Keeps what the key would have typed; everything else goes its way. */
  take(event: KeyboardEvent): void {
    const isTyped = event.key.length === 1 || event.key === 'Enter';
    if (this.#place === undefined || event.target !== this.#place || !isTyped) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#keys.push(event.key);
  }

  /** Hands over what was kept, once; undefined when nobody waited. */
  end(): { readonly keys: readonly string[]; readonly hasFocus: boolean } | undefined {
    const place = this.#place;
    if (place === undefined) return undefined;
    this.#place = undefined;
    return { keys: this.#keys.splice(0), hasFocus: document.activeElement === place };
  }
}
