/**
 * [C2] What the documents worker leased and cached belongs to the keys it was leased under. When a space stands under other
 * keys — it came back, or its forked chain was given up — the worker begins again, and documents are read from the log.
 */
import type { Engine, SpaceSummary } from '../engine/engine.ts';
import type { DeviceId, SpaceId } from '../foundation/ids.ts';

export function renewOnNewKeys(engine: Pick<Engine, 'spaces' | 'subscribe'>, renew: () => void): void {
  const known = new Map<SpaceId, DeviceId>();
  const note = (spaces: readonly SpaceSummary[]): void => {
    let areOther = false;
    for (const { space, device } of spaces) {
      areOther ||= (known.get(space) ?? device) !== device;
      known.set(space, device);
    }
    if (areOther) renew();
  };
  engine.subscribe((event) => {
    if (event.kind === 'spaces') note(event.spaces);
    else if (event.kind === 'session' && event.session.kind === 'open') void engine.spaces().then(note);
  });
  void engine.spaces().then(note);
}
