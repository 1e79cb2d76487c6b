import js from '@eslint/js';
import globals from 'globals';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist/', 'release/', 'artefacts/', 'node_modules/', '**/*.as.ts', '**/*.wasm.ts', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          'config/tsconfig.node.json',
          'config/tsconfig.electron.json',
          'config/tsconfig.renderer.json',
          'config/tsconfig.tests.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off', // an interface may ask for a promise that an implementation has at once
      eqeqeq: ['error', 'always'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from an Rng argument (src/base/rng.ts).' },
      ],
    },
  },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { globals: globals.browser, parserOptions: { parser: ts.parser } },
    rules: {
      'no-undef': 'off',
      'no-unused-vars': 'off', // svelte-check reports them, and knows a type's parameter from a variable
      'svelte/no-at-html-tags': 'error',
      'svelte/prefer-svelte-reactivity': 'off', // a Set that nobody draws need not be watched; what is drawn is $state.raw and replaced
    },
  },
  {
    // The floor check reads compiled components, in which type-only imports are gone; this sees them.
    files: ['renderer/**/*.svelte'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(\\.\\./)+(electron|src/(?!base/|protocol/|report/))',
              message: 'The page may import base, protocol and report, nothing else of src.',
            },
            { regex: '^three($|/)', message: 'Only renderer/scene knows three.js.' },
          ],
        },
      ],
    },
  },
  { files: ['**/*.mjs', '*.js', '**/*.cjs'], languageOptions: { globals: globals.node } },
);
