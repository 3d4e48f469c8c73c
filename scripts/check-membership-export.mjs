/** `node scripts/check-membership-export.mjs FILE` checks every signature of an exported membership history, offline. */
import { readFileSync } from 'node:fs';
import { verifyMembershipExport } from '../src/lib/crypto/membership-export.ts';
import { readyCrypto } from '../src/lib/crypto/sodium.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node scripts/check-membership-export.mjs FILE');
await readyCrypto();
const checked = verifyMembershipExport(readFileSync(path));
if (!checked.ok) {
  console.error(
    `refused: ${checked.error.code}${checked.error.detail === undefined ? '' : ` (${checked.error.detail})`}`,
  );
  process.exitCode = 1;
} else {
  const { space, madeBy, madeAt, operations } = checked.value;
  console.log(`${String(operations.length)} operations of space ${space}, each signed by its author`);
  console.log(`file signed by device ${madeBy}, which says that it is of ${new Date(madeAt).toISOString()}`);
  for (const { author, seq, says } of operations)
    console.log(`${author.slice(0, 8)} ${String(seq).padStart(5)} ${JSON.stringify(says)}`);
}
