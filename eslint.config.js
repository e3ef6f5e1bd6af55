import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['dist/', 'node_modules/', '.venv/', 'fixtures/', '**/.cloudtm/']},
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', {disallowTypeAnnotations: false}],
    },
  },
  {
    // What the user reads comes from report/, what a developer reads goes to the log file.
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-exports': [
        'error',
        {restrictDefaultExports: {direct: true, named: true, defaultFrom: true}},
      ],
    },
  },
  {
    // One file touches the process; everything else is handed what it needs.
    files: ['src/**/*.ts'],
    ignores: ['src/bin.ts'],
    rules: {
      'no-restricted-globals': ['error', {name: 'process', message: 'Only src/bin.ts touches the process.'}],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
);
