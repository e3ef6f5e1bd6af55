import {defineConfig} from 'vitest/config';

// Where .ci/run wants the counts as JSON.
const results = process.env.CLOUDTM_TEST_RESULTS;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: results === undefined ? ['default'] : ['default', ['json', {outputFile: results}]],
  },
});
