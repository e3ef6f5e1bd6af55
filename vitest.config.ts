import {availableParallelism} from 'node:os';
import {defineConfig} from 'vitest/config';

// Where .ci/run wants the counts as JSON.
const results = process.env.CLOUDTM_TEST_RESULTS;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for processes: two at a time fit on the smallest machine, where vitest would run one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: results === undefined ? ['default'] : ['default', ['json', {outputFile: results}]],
  },
});
