/** What a person does in a channel, with the words for refusals and the way back after a deletion. */
import type { ChannelEdit } from '$lib/documents/document-edits.ts';
import type { MessageView } from '$lib/documents/views.ts';
import type { Result } from '$lib/foundation/result.ts';
import * as m from '$lib/paraglide/messages';
import type { LiveDocument } from '$lib/state/document-view.svelte.ts';
import { newItemId } from '$lib/state/new-ids.ts';
import type { Toasts } from '$lib/state/toasts.svelte.ts';
import { attempt } from '../attempt.ts';

/** A small palette that every system draws. */
export const REACTIONS = ['👍', '❤️', '🎉', '😄', '👀', '✅'] as const;

export interface MessageDeeds {
  readonly send: (text: string, replyTo: string | undefined) => Promise<Result<void>>;
  readonly rewrite: (message: MessageView, text: string) => Promise<Result<void>>;
  readonly remove: (message: MessageView) => void;
  readonly react: (message: MessageView, emoji: string) => void;
}

export function messageDeeds(live: LiveDocument<'channel'>, toasts: Toasts): MessageDeeds {
  const edit = (change: ChannelEdit): Promise<Result<void>> => attempt(toasts, live.edit(change));

  const remove = async (message: MessageView): Promise<void> => {
    const removed = await edit({ edit: 'message.delete', id: message.id });
    if (!removed.ok) return;
    const at = live.edits;
    toasts.show(m.messages_deleted_toast(), () => {
      if (live.edits === at) void attempt(toasts, live.undo());
    });
  };

  return {
    send: (text, replyTo) =>
      edit({ edit: 'message.send', id: newItemId(), text, ...(replyTo === undefined ? {} : { replyTo }) }),
    rewrite: (message, text) => edit({ edit: 'message.edit', id: message.id, text }),
    remove: (message) => void remove(message),
    react: (message, emoji) => void edit({ edit: 'reaction.toggle', id: message.id, emoji }),
  };
}
