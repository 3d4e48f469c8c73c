import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess({ script: false }),
  compilerOptions: { runes: true },
  kit: {
    // One page serves every address: the app has no server side, and the address decides what it shows.
    adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', precompress: false }),
    serviceWorker: { register: false },
    typescript: {
      config: (config) => ({
        ...config,
        include: [
          ...config.include,
          '../bench/**/*.ts',
          '../tests/**/*.ts',
          '../*.config.ts',
          '../sync-server/**/*.ts',
        ],
        // Workers have globals of their own: tsconfig.workers.json checks them.
        exclude: [
          ...config.exclude,
          '../src/lib/app/*-worker.ts',
          '../src/lib/app/engine-root.ts',
          '../src/service-worker.ts',
        ],
      }),
    },
    version: { pollInterval: 0 },
    output: { bundleStrategy: 'split' },
    paths: { relative: false },
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self', 'wasm-unsafe-eval'],
        'worker-src': ['self'],
        'connect-src': ['self'],
        'img-src': ['self', 'blob:', 'data:'],
        'style-src-elem': ['self'],
        'style-src-attr': ['unsafe-inline'],
        'font-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['none'],
        'require-trusted-types-for': ['script'],
        'trusted-types': ['svelte-trusted-html', 'sveltekit-trusted-url', 'ProseMirrorClipboard', 'default'],
      },
    },
  },
};
