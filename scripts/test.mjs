/**
 * `npm test`: everything CI runs. `SLOW=1` widens the proofs (all simulated histories, all binding runs). The browser
 * journeys drive the built app against a real relay process.
 */
import { ensureBrowser, ensureDependencies, nodeBinary, run } from './toolchain.mjs';

ensureDependencies();
ensureBrowser();
run(nodeBinary(), ['scripts/verify.mjs']);
run('vitest', ['run', '--project', 'browser']);
run(nodeBinary(), ['scripts/build.mjs']);
run('playwright', ['test']);
