/** A board of tasks. A shard holds at most a few hundred; a larger board is several documents. */
import { hexToBytes } from '../../foundation/bytes.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { planBoardEdit } from './board-edits.ts';
import { TASKS, projectBoard } from './board-projection.ts';

/** `{schemaVersion: 1, tasks: {}}` */
const GENESIS =
  '856f4a83c28db78e01430010000000000000000000000000000000000101000000061515340142035603570170027e0d736368656d6156657273696f6e057461736b73027e01007e1400010200';

export const boardSchema: DocumentSchema = {
  kind: 'board',
  genesis: hexToBytes(GENESIS),
  containers: [TASKS],
  isAuthored: false,
  project: projectBoard,
  plan: planBoardEdit,
};
