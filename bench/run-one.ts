/** Runs one bench in a process of its own and prints its rows as JSON on the last line. */
import type { BenchRow } from './bench-row.ts';

const name = process.argv[2] ?? '';
const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<BenchRow[]> };
const rows = await run();
console.log(JSON.stringify(rows));
process.exit(0);
