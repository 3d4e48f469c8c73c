import type { OwnDevice } from '$lib/engine/devices/devices-calls.ts';
import * as m from '$lib/paraglide/messages';

export function deviceLabel({ id, name }: OwnDevice): string {
  return name === '' ? (id === 'unknown' ? m.devices_unknown() : m.devices_unnamed()) : name;
}

/** A day is near enough: a device says that it is there once an hour. */
export function seenWords(
  { isThis, seenAt }: OwnDevice,
  { language, nowMs }: { language: string; nowMs: number },
): string {
  if (isThis) return m.devices_this();
  if (seenAt === 0) return m.devices_never_seen();
  const days = Math.max(0, Math.floor((nowMs - seenAt) / 86_400_000));
  if (days === 0) return m.devices_seen_today();
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day');
  return m.devices_seen({ when: ago });
}
