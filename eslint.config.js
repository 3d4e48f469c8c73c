import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const houseRules = {
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  'max-params': ['error', 4],
  'no-restricted-syntax': [
    'error',
    {
      selector: 'CallExpression[callee.name="$effect"]',
      message: 'Use $derived, an event handler, {@attach} or createSubscriber.',
    },
    {
      selector: 'CallExpression[callee.object.name="test"][callee.property.name=/^(only|skip|todo)$/]',
      message: 'Every test runs.',
    },
  ],
  eqeqeq: 'error',
  'no-console': 'error',
};

export default tseslint.config(
  {
    ignores: [
      'build/',
      '.svelte-kit/',
      'src/lib/paraglide/',
      'node_modules/',
      'test-results/',
      'playwright-report/',
      'bench/pages/dist/',
      '.data/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: houseRules,
  },
  {
    // Workers have globals of their own.
    files: ['src/lib/app/*-worker.ts', 'src/lib/app/engine-root.ts', 'src/service-worker.ts'],
    languageOptions: { parserOptions: { projectService: false, project: './tsconfig.workers.json' } },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], extends: [tseslint.configs.strict] },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      'no-restricted-syntax': houseRules['no-restricted-syntax'],
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off',
      // State classes report through createSubscriber; their maps are private and plain.
      'svelte/prefer-svelte-reactivity': 'off',
      // A prop that is bound needs `let` for the whole pattern.
      'prefer-const': ['error', { destructuring: 'all' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.test.ts', '**/*.contract.ts', '**/*.fixture.ts', 'tests/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      'no-console': 'off',
      'max-params': 'off',
    },
  },
);
