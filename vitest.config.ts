import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { readTestData } from './tests/vectors/test-data.ts';

/** A system browser where there is one; otherwise Playwright's own. */
const systemBrowser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'src/lib/**/*.test.ts',
            'sync-server/**/*.test.ts',
            'tests/*.test.ts',
            'tests/{vectors,simulation}/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/*.svelte.test.ts', '**/*.browser.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        // Runes compile for the server in a node environment and would prove nothing there.
        plugins: [
          paraglideVitePlugin({
            project: './project.inlang',
            outdir: './src/lib/paraglide',
            strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
          }),
          svelte(),
        ],
        resolve: { alias: { $lib: '/src/lib' } },
        // What code asks for only while it runs: found late, it would make the server begin anew in the midst of the tests.
        optimizeDeps: { include: ['y-webrtc', 'yjs', 'qr', 'qr/decode.js', 'svelte-dnd-action', 'workbox-window'] },
        test: {
          name: 'browser',
          include: [
            'src/lib/**/*.svelte.test.ts',
            'src/lib/**/*.browser.test.ts',
            'tests/vectors/**/*.browser.test.ts',
          ],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            commands: { readTestData: (_context, path: string) => readTestData(path) },
            provider: playwright({
              launchOptions: {
                ...(systemBrowser === undefined ? {} : { executablePath: systemBrowser }),
                args: [
                  '--no-sandbox',
                  '--disable-quic',
                  '--disable-background-networking',
                  '--disable-component-update',
                  '--disable-sync',
                  '--no-first-run',
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
