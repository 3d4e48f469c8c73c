import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

const SHARED = /\/(src|node_modules)\//u;
/** The screens of people and keys, with their words: opened by whoever looks for them, never first. */
const SELDOM = /\/(ui|messages)\/(stewardship|trust|ways[-_]back|devices|nearby|import|settings)[/_]/u;

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
        // Every file costs a start two milliseconds: what several screens share travels in one, but for what is seldom seen.
        codeSplitting: {
          groups: [{ name: 'shared', minShareCount: 3, test: (id) => SHARED.test(id) && !SELDOM.test(id) }],
        },
      },
    },
  },
  // Classic scripts: all their code is in one file anyway, so a module buys nothing (see app/early-workers.ts).
  worker: { format: 'iife' },
  server: { fs: { allow: ['.'] } },
});
