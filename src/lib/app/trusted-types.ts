/**
 * The page's default Trusted Types policy: script addresses of this origin pass (our workers, the service worker);
 * everything else that would turn text into code or markup is refused by the browser.
 */
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): unknown;
  readonly defaultPolicy: unknown;
}

export function installTrustedTypes(origin: string): void {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  if (factory === undefined || factory.defaultPolicy !== null) return;
  factory.createPolicy('default', {
    createScriptURL(url) {
      if (new URL(url, origin).origin === origin) return url;
      throw new TypeError('a script address of another origin was refused');
    },
  });
}
