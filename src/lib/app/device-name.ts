/** What this browser is called among a person's devices until she says otherwise: program and system, as both name themselves. */
import type { Engine, EngineEvent } from '../engine/engine.ts';

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:A|iOS)?\//u, 'Edge'],
  [/\bOPR\//u, 'Opera'],
  [/\bSamsungBrowser\//u, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//u, 'Firefox'],
  [/\b(?:Chrome|CriOS)\//u, 'Chrome'],
  [/\bSafari\//u, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/u, 'iPhone'],
  [/\biPad\b/u, 'iPad'],
  [/\bAndroid\b/u, 'Android'],
  [/\bCrOS\b/u, 'ChromeOS'],
  [/\bWindows\b/u, 'Windows'],
  [/\bMac OS X\b/u, 'Mac'],
  [/\bLinux\b/u, 'Linux'],
];

export function deviceNameOf(userAgent: string): string {
  const found = [BROWSERS, SYSTEMS].map((list) => list.find(([pattern]) => pattern.test(userAgent))?.[1]);
  return found.filter((name) => name !== undefined).join(' · ');
}

/** Says it whenever a session opens; a device that has a name keeps it. */
export function introduceDevice(engine: Pick<Engine, 'session' | 'subscribe' | 'introduceDevice'>, name: string): void {
  const onSession = (kind: string): void => {
    if (kind === 'open' && name !== '') void engine.introduceDevice(name);
  };
  engine.subscribe((event: EngineEvent) => {
    if (event.kind === 'session') onSession(event.session.kind);
  });
  void engine.session().then(({ kind }) => onSession(kind));
}
