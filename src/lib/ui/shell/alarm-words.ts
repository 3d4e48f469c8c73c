/** The alarms of the log in words a person understands [C4]. */
import type { EngineEvent } from '$lib/engine/engine.ts';
import * as m from '$lib/paraglide/messages';

type Alarm = Extract<EngineEvent, { readonly kind: 'alarm' }>['alarm'];

const SENTENCES: Readonly<Record<Alarm, () => string>> = {
  gap: () => m.shell_alarm_gap(),
  fork: () => m.shell_alarm_fork(),
  stale: () => m.shell_alarm_stale(),
  'own-fork': () => m.shell_alarm_own_fork(),
  'wrong-box': () => m.shell_alarm_wrong_box(),
};

export function alarmSentence(alarm: Alarm): string {
  return SENTENCES[alarm]();
}
