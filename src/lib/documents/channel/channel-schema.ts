/** A channel part: at most 2,000 messages, then the next part. */
import { hexToBytes } from '../../foundation/bytes.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { channelParts, planChannelEdit } from './channel-edits.ts';
import { MESSAGES, REACTIONS, projectChannel } from './channel-projection.ts';

/** `{schemaVersion: 1, messages: {}, reactions: {}}` */
const GENESIS =
  '856f4a837a8febe801520010000000000000000000000000000000000101000000061522340142045604570170027d0d736368656d6156657273696f6e086d65737361676573097265616374696f6e73037f0102007f140200010300';

export const channelSchema: DocumentSchema = {
  kind: 'channel',
  genesis: hexToBytes(GENESIS),
  containers: [MESSAGES, REACTIONS],
  isAuthored: true,
  parted: channelParts,
  project: projectChannel,
  plan: planChannelEdit,
};
