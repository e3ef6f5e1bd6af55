import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import {house} from './eslint.rules.js';

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
    // A function is read at one go, and a file has one subject.
    files: ['src/**/*.ts'],
    plugins: {house},
    rules: {
      'max-lines-per-function': ['error', {max: 60}],
      'house/most-imports': ['error', 12],
    },
  },
  {
    // Logic gives facts; what the user reads of them is written in one place.
    files: ['src/**/*.ts'],
    ignores: ['src/report/**', 'src/machine/words/**'],
    plugins: {house},
    rules: {'house/no-sentences': 'error'},
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
