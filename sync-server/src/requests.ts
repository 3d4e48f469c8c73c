/** Requests that are not about envelopes: the access list and mailboxes. */
import { bytesToHex } from '../../src/lib/foundation/bytes.ts';
import { idToBytes } from '../../src/lib/foundation/ids.ts';
import { wireErrorCode } from '../../src/lib/protocol/frame-codes.ts';
import type { Connection, FrameOf, Handled } from './connection.ts';

const MAX_WATCHED_BOXES = 64;

/** [R4] The sender needs to be in the space; the signer needs A, and may be another. */
export function changeAcl(connection: Connection, frame: FrameOf<'acl'>): Handled {
  const { relay } = connection;
  const { space, entries, removed, counter } = frame;
  if (connection.struck.has(space)) {
    connection.refuse('acl', idToBytes(space), 'not-a-member');
    return 'done';
  }
  const room = connection.admitted.has(space) ? relay.rooms.find(space) : undefined;
  if (room === undefined) return 'strike';
  const changed = room.acl.changed(space, frame, relay.ports.limits.spaceKeys);
  if (!changed.ok) {
    connection.refuse('acl', idToBytes(space), wireErrorCode(changed.error.code));
    return 'done';
  }
  room.acl = changed.value;
  relay.journal.add({
    write: { kind: 'acl', space, counter, entries, removed, atMs: relay.ports.clock.nowMs() },
    onDurable: () => {
      // What was learned before this change still goes to all who listened then, in this very tick.
      if (removed.length > 0) relay.audience.release();
      relay.announceAcl(room);
    },
    onFailed: () => connection.refuse('acl', idToBytes(space), 'storage-unavailable'),
  });
  return 'done';
}

export function putMail(connection: Connection, frame: FrameOf<'mail-put'>): Handled {
  const { relay, address } = connection;
  const { clock, metrics } = relay.ports;
  const nowMs = clock.nowMs();
  const refuse = (code: FrameOf<'refused'>['code']): void => connection.refuse('mail-put', frame.mailbox, code);
  if (!relay.allowances.mail.take(address, 1, nowMs)) {
    metrics.add('limited');
    refuse('rate-limited');
    return 'done';
  }
  const mailbox = frame.mailbox.slice();
  const verdict = relay.mailboxes.judge({ ...frame, mailbox }, nowMs);
  if (verdict.kind === 'refused') {
    refuse(verdict.code);
    return 'done';
  }
  const isNew = verdict.kind === 'put';
  const number = isNew ? verdict.write.number : verdict.number;
  relay.journal.add({
    ...(isNew ? { write: verdict.write } : {}),
    onDurable: () => {
      connection.queueFrame({ kind: 'mail-ack', mailbox, item: number });
      if (!isNew) return;
      metrics.add('mail');
      const items = [{ id: number, blob: verdict.write.bytes }];
      for (const watcher of relay.mailWatchers.get(bytesToHex(mailbox)) ?? [])
        watcher.queueFrame({ kind: 'mail', mailbox, items });
    },
    onFailed: () => refuse('storage-unavailable'),
  });
  return 'done';
}

export function getMail(connection: Connection, { mailbox, isOn }: FrameOf<'mail-get'>): Handled {
  const { relay } = connection;
  const box = mailbox.slice();
  if (isOn && connection.watchedBoxes.size >= MAX_WATCHED_BOXES && !connection.watchedBoxes.has(bytesToHex(box)))
    return 'strike';
  connection.watch(box, isOn);
  if (isOn) {
    relay.journal.add({
      onDurable: () => {
        for (const items of relay.mailboxes.read(box)) connection.queueFrame({ kind: 'mail', mailbox: box, items });
      },
      onFailed: () => undefined,
    });
  }
  return 'done';
}

export function dropMail(connection: Connection, { mailbox, item }: FrameOf<'mail-drop'>): Handled {
  const { relay } = connection;
  relay.journal.add({
    write: relay.mailboxes.drop(mailbox, item),
    onDurable: () => undefined,
    onFailed: () => undefined,
  });
  return 'done';
}
