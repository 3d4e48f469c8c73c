import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  resolve: {
    alias: {
      // Its browser build decodes entities through an element's innerHTML: not there in a worker, and against our policy.
      'decode-named-character-reference': new URL(
        './node_modules/decode-named-character-reference/index.js',
        import.meta.url,
      ).pathname,
    },
  },
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
    }),
    sveltekit(),
  ],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Every file costs a start two milliseconds: what several screens share travels in one.
        codeSplitting: { groups: [{ name: 'shared', minShareCount: 3, test: /\/(src|node_modules)\// }] },
      },
    },
  },
  // Classic scripts: all their code is in one file anyway, so a module buys nothing (see app/early-workers.ts).
  worker: { format: 'iife' },
  server: { fs: { allow: ['.'] } },
});
