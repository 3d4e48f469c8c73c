/** The edits of a channel, as writes under the author's own keys. */
import { fail, ok, type Result } from '../../foundation/result.ts';
import { isRecord, recordsIn, type Doc } from '../automerge.ts';
import type { ChannelEdit, DocumentEdit } from '../document-edits.ts';
import type { EditContext, PartedKind } from '../document-schema.ts';
import { put, scalarAt, valueAt, type RecordFields, type Write } from '../writes.ts';
import { MESSAGES, REACTIONS, findLastKey, keyOfMessage, keyOfReaction } from './channel-projection.ts';

export const MAX_MESSAGE_CHARS = 20_000;
const MAX_EMOJI_CHARS = 32;
const ID = /^[0-9A-Za-z_-]{1,64}$/;

type Edit<K extends ChannelEdit['edit']> = Extract<ChannelEdit, { edit: K }>;

export function planChannelEdit(doc: Doc, edit: DocumentEdit, context: EditContext): Result<readonly Write[]> {
  switch (edit.edit) {
    case 'message.send':
      return planSend(doc, edit, context);
    case 'message.edit':
      return planEdit(doc, edit, context);
    case 'message.delete':
      return withOwn(doc, edit.id, context, (key) => [put([MESSAGES, key, 'deleted'], true)]);
    case 'reaction.toggle':
      return planToggle(doc, edit, context);
    default:
      return fail('unknown-edit', edit.edit);
  }
}

function withOwn(
  doc: Doc,
  id: string,
  context: EditContext,
  plan: (key: string) => readonly Write[],
): Result<readonly Write[]> {
  const key = keyOfMessage(context.member, id);
  if (!isRecord(valueAt(doc, [MESSAGES, key]))) return fail('invalid-edit', 'not your message');
  return scalarAt(doc, [MESSAGES, key, 'deleted']) === true ? fail('invalid-edit', 'deleted') : ok(plan(key));
}

function checkText(text: unknown): Result<void> {
  if (typeof text !== 'string' || text === '') return fail('invalid-edit', 'text');
  return text.length > MAX_MESSAGE_CHARS ? fail('oversized', 'text') : ok(undefined);
}

function planSend(doc: Doc, edit: Edit<'message.send'>, context: EditContext): Result<readonly Write[]> {
  const key = keyOfMessage(context.member, edit.id);
  if (!ID.test(edit.id) || Object.hasOwn(recordsIn(doc, MESSAGES), key)) return fail('invalid-edit', 'id');
  const checked = checkText(edit.text);
  if (!checked.ok) return checked;
  if (edit.replyTo !== undefined && typeof edit.replyTo !== 'string') return fail('invalid-edit', 'replyTo');
  const after = findLastKey(context.parts ?? [doc], new WeakMap());
  const fields: RecordFields = {
    text: edit.text,
    sentAt: context.nowMs,
    ...(after === undefined ? {} : { after }),
    ...(edit.replyTo === undefined ? {} : { replyTo: edit.replyTo }),
  };
  return ok([{ kind: 'make', path: [MESSAGES, key], fields, undo: put([MESSAGES, key, 'deleted'], true) }]);
}

function planEdit(doc: Doc, edit: Edit<'message.edit'>, context: EditContext): Result<readonly Write[]> {
  const checked = checkText(edit.text);
  if (!checked.ok) return checked;
  return withOwn(doc, edit.id, context, (key) => [
    put([MESSAGES, key, 'text'], edit.text),
    put([MESSAGES, key, 'editedAt'], context.nowMs),
  ]);
}

function planToggle(doc: Doc, edit: Edit<'reaction.toggle'>, context: EditContext): Result<readonly Write[]> {
  if (typeof edit.emoji !== 'string' || edit.emoji === '' || edit.emoji.length > MAX_EMOJI_CHARS)
    return fail('invalid-edit', 'emoji');
  if (typeof edit.id !== 'string' || edit.id.length > 128) return fail('invalid-edit', 'id');
  const key = keyOfReaction(context.member, edit.id, edit.emoji);
  return ok([put([REACTIONS, key], scalarAt(doc, [REACTIONS, key]) !== true)]);
}

/** [K4] What is said of a message stands beside it; so newcomers do not hear of what they cannot read. */
export const channelParts: PartedKind = {
  homeOf(parts, edit, member) {
    if (edit.edit === 'message.edit' || edit.edit === 'message.delete')
      return parts.findLast((part) => isRecord(valueAt(part, [MESSAGES, keyOfMessage(member, edit.id)])));
    if (edit.edit !== 'reaction.toggle') return undefined;
    return parts.findLast((part) => Object.keys(recordsIn(part, MESSAGES)).some((key) => key.endsWith(`:${edit.id}`)));
  },
  opening: () => undefined,
};
