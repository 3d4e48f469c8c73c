/**
 * [C4] Entries that another device attests and that never come although everyone reachable is level with us: someone
 * keeps them back. Told once for each place, and only after a second look a minute later.
 */
import type { DeviceId, SpaceId } from '../foundation/ids.ts';
import type { ChainHead } from '../log/log-store.ts';
import type { Attest } from '../membership/membership-graph.ts';

export interface Gap {
  readonly device: DeviceId;
  /** The last entry of it that was attested. */
  readonly seq: number;
}

export class GapWatch {
  readonly #suspected = new Map<string, number>();
  readonly #told = new Map<string, number>();

  /** Devices whose attested entries were missing at the last look too, each told once for a seq. */
  look(space: SpaceId, attests: readonly Attest[], heads: ReadonlyMap<DeviceId, ChainHead>): readonly Gap[] {
    const attested = new Map<DeviceId, number>();
    for (const { held } of attests) {
      for (const { device, seq } of held) attested.set(device, Math.max(seq, attested.get(device) ?? -1));
    }
    const confirmed: Gap[] = [];
    for (const [device, seq] of attested) {
      const key = `${space}/${device}`;
      if (seq <= (heads.get(device)?.seq ?? -1)) {
        this.#suspected.delete(key);
        continue;
      }
      const isSecondLook = this.#suspected.has(key);
      this.#suspected.set(key, seq);
      if (!isSecondLook || (this.#told.get(key) ?? -1) >= seq) continue;
      this.#told.set(key, seq);
      confirmed.push({ device, seq });
    }
    return confirmed;
  }

  forget(): void {
    this.#suspected.clear();
    this.#told.clear();
  }
}
