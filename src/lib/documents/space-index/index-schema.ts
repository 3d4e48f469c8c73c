/** The index of a space: its name, the page tree, boards and channels. */
import { hexToBytes } from '../../foundation/bytes.ts';
import type { DocumentSchema } from '../document-schema.ts';
import { indexParts, planIndexEdit } from './index-edits.ts';
import { ITEMS, projectIndex } from './index-projection.ts';

/** `{schemaVersion: 1, items: {}}` */
const GENESIS =
  '856f4a8341b4e27101430010000000000000000000000000000000000101000000061515340142035603570170027e0d736368656d6156657273696f6e056974656d73027e01007e1400010200';

export const indexSchema: DocumentSchema = {
  kind: 'index',
  genesis: hexToBytes(GENESIS),
  containers: [ITEMS],
  isAuthored: false,
  parted: indexParts,
  project: projectIndex,
  plan: planIndexEdit,
};
