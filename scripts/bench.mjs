/** `npm run bench [NAME…]`: runs the benches one after another and prints the table; with no name, all of them. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { ROOT, ensureBrowser, ensureDependencies, nodeBinary, toolEnvironment } from './toolchain.mjs';

const NOT_BENCHES = new Set(['bench-row.ts', 'run-one.ts', 'browser.ts']);
ensureDependencies();
ensureBrowser();
const wanted = process.argv.slice(2);
const benches = readdirSync(join(ROOT, 'bench'))
  .filter((file) => file.endsWith('.ts') && !NOT_BENCHES.has(file))
  .map((file) => file.slice(0, -3))
  .filter((name) => wanted.length === 0 || wanted.some((each) => name.includes(each)))
  .sort();

const rows = [];
let failed = 0;
for (const name of benches) {
  process.stderr.write(`… ${name}\n`);
  const done = spawnSync(nodeBinary(), ['bench/run-one.ts', name], {
    cwd: ROOT,
    env: toolEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    timeout: 300_000,
  });
  const last = done.stdout.trim().split('\n').at(-1) ?? '';
  if (done.status === 0 && last.startsWith('[')) rows.push(...JSON.parse(last));
  else {
    failed++;
    rows.push({ figure: name, median: 'failed', p95: '–', peer: '–', ratio: '–', budget: '–', isWithin: false });
  }
}

const table = [
  '| figure | median | p95 | peer in the same run | ratio | budget | |',
  '|---|---|---|---|---|---|---|',
  ...rows.map(
    (row) =>
      `| ${row.figure} | ${row.median} | ${row.p95} | ${row.peer} | ${row.ratio} | ${row.budget} | ${row.isWithin ? '✓' : '✗'} |`,
  ),
].join('\n');
console.log(`\n${table}`);
if (wanted.length === 0)
  writeFileSync(
    join(ROOT, 'bench', 'RESULTS.md'),
    `# Figures, as last measured\n\n\`npm run bench\` writes this file.\n\n${table}\n`,
  );
process.exit(failed === 0 ? 0 : 1);
