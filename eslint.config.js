import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const houseRules = {
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
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
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      'no-restricted-syntax': houseRules['no-restricted-syntax'],
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.test.ts', '**/*.contract.ts', 'tests/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      'no-console': 'off',
      'max-params': 'off',
    },
  },
);
