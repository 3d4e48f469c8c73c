/** Where the work is, in words that are never more than true: "synchronised" is said of what another place holds. */
import type { SyncStatus } from '$lib/engine/engine.ts';
import * as m from '$lib/paraglide/messages';

export interface SyncWords {
  readonly tone: 'calm' | 'busy' | 'offline' | 'problem';
  /** The shortest true statement. */
  readonly short: string;
  /** All that is known, one statement a line. */
  readonly lines: readonly string[];
}

export function syncWords(status: SyncStatus | undefined): SyncWords {
  if (status === undefined) return { tone: 'calm', short: m.shell_sync_here(), lines: [m.shell_sync_here()] };
  const pending = status.pending > 0 ? [m.shell_sync_pending({ count: status.pending })] : [];
  const direct = status.peers > 0 ? [m.shell_sync_direct({ count: status.peers })] : [];
  switch (status.relay) {
    case 'connected':
      return pending.length > 0
        ? { tone: 'busy', short: pending[0] ?? '', lines: [m.shell_sync_here(), ...pending, ...direct] }
        : {
            tone: 'calm',
            short: m.shell_sync_done(),
            lines: [m.shell_sync_here(), m.shell_sync_done_long(), ...direct],
          };
    case 'connecting':
      return {
        tone: 'busy',
        short: pending[0] ?? m.shell_sync_connecting(),
        lines: [m.shell_sync_here(), m.shell_sync_connecting(), ...pending, ...direct],
      };
    case 'refused':
      return {
        tone: 'problem',
        short: m.shell_sync_refused(),
        lines: [m.shell_sync_here(), m.shell_sync_refused_long(), ...pending, ...direct],
      };
    case 'offline':
      return {
        tone: 'offline',
        short: direct[0] ?? pending[0] ?? m.shell_sync_offline(),
        lines: [m.shell_sync_here(), m.shell_sync_offline_long(), ...pending, ...direct],
      };
    case 'none':
      return {
        tone: 'calm',
        short: direct[0] ?? m.shell_sync_here(),
        lines: [m.shell_sync_here(), m.shell_sync_no_relay(), ...direct],
      };
  }
}
