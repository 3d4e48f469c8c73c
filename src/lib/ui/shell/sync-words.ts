/** Where the work is, in words that are never more than true: "synchronised" is said of what another place holds. */
import type { SyncStatus } from '$lib/engine/engine.ts';
import * as m from '$lib/paraglide/messages';

export interface SyncWords {
  readonly tone: 'calm' | 'busy' | 'offline' | 'problem';
  /** The shortest true statement. */
  readonly short: string;
  /** Shorter still, for a narrow bar. */
  readonly brief: string;
  /** All that is known, one statement a line. */
  readonly lines: readonly string[];
}

export function syncWords(status: SyncStatus | undefined): SyncWords {
  if (status === undefined) return say('calm', m.shell_sync_here(), [m.shell_sync_here()], m.shell_sync_here_brief());
  const { count, words } = { count: status.pending, words: m.shell_sync_pending({ count: status.pending }) };
  const pending = count > 0 ? [words] : [];
  const direct = status.peers > 0 ? [m.shell_sync_direct({ count: status.peers })] : [];
  const lines = [m.shell_sync_here(), ...relayLines(status), ...pending, ...direct];
  const brief = count > 0 ? m.shell_sync_pending_brief({ count }) : undefined;
  switch (status.relay) {
    case 'connected':
      return count > 0 ? say('busy', words, lines, brief) : say('calm', m.shell_sync_done(), lines);
    case 'connecting':
      return say('busy', pending[0] ?? m.shell_sync_connecting(), lines, brief);
    case 'refused':
      return say('problem', m.shell_sync_refused(), lines);
    case 'offline':
      return direct[0] === undefined ? say('offline', m.shell_sync_offline(), lines) : say('calm', direct[0], lines);
    case 'none':
      return say('calm', direct[0] ?? m.shell_sync_here(), lines, direct[0] ?? m.shell_sync_here_brief());
  }
}

function relayLines(status: SyncStatus): string[] {
  switch (status.relay) {
    case 'connected':
      return status.pending > 0 ? [] : [m.shell_sync_done_long()];
    case 'connecting':
      return [m.shell_sync_connecting()];
    case 'refused':
      return [m.shell_sync_refused_long()];
    case 'offline':
      return [m.shell_sync_offline_long()];
    case 'none':
      return [m.shell_sync_no_relay()];
  }
}

function say(tone: SyncWords['tone'], short: string, lines: readonly string[], brief = short): SyncWords {
  return { tone, short, brief, lines };
}
