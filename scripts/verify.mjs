/** `npm run verify`: types, lint, format, unit tests, simulation and the architecture, in order of speed. */
import { ensureDependencies, run } from './toolchain.mjs';

ensureDependencies();
run('svelte-kit', ['sync']);
run('paraglide-js', ['compile', '--project', './project.inlang', '--outdir', './src/lib/paraglide', '--silent']);
run('tsc', ['-p', 'tsconfig.core.json']);
run('tsc', ['-p', 'tsconfig.workers.json']);
run('tsc', ['-p', 'sync-server/tsconfig.json']);
run('svelte-check', ['--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human']);
run('eslint', ['.', '--max-warnings', '0']);
run('prettier', ['--check', '--log-level', 'warn', '.']);
run('vitest', ['run', '--project', 'node']);
