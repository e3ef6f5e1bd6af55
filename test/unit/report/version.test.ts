import {expect, test} from 'vitest';
import {versionJson, versionLines, type ShownVersion} from '../../../src/report/version.js';
import type {Meta} from '../../../src/store/version.js';

const RUN = 'https://github.com/acme/infra/actions/runs/7';

function shown(meta: Partial<Meta>): ShownVersion {
  const known = {
    version: 'v1',
    timestamp: '2025-11-26T17:36:35Z',
    resources: {added: '1', changed: '0', destroyed: '0'},
  };
  return {meta: {...known, ...meta}, files: [], skipped: [], given: undefined, diskSnapshots: []};
}

test('a version made by a CI names the person, the CI and the run, as text and as JSON', () => {
  const actor = {user: 'ada', host: 'runner-1', ci: 'GitHub Actions', run: RUN};
  const lines = [...versionLines('v1', shown({actor}), false)];
  expect(lines).toContain('  who        ada@runner-1, GitHub Actions');
  expect(lines).toContain(`  run        ${RUN}`);
  expect(JSON.parse(versionJson(shown({actor})))).toMatchObject({actor});
});

test('a version made on a laptop names the person only', () => {
  const lines = [...versionLines('v1', shown({actor: {user: 'ada', host: 'laptop'}}), false)];
  expect(lines).toContain('  who        ada@laptop');
  expect(lines.join('\n')).not.toContain('  run ');
});

test('what a CI says of itself reaches the terminal as text', () => {
  const actor = {user: 'a', host: 'h', ci: '\u001B[2J', run: 'https://x/\u009B'};
  const text = [...versionLines('v1', shown({actor}), false)].join('\n');
  expect(text).toContain('a@h, \\u001b[2J');
  expect(text).toContain('https://x/\\u009b');
});

test('a version says when it was made in local time, and how long terraform ran', () => {
  const [, when] = versionLines(
    'v1',
    shown({startedAt: '2025-11-26T17:36:35.125Z', durationMs: 200_000}),
    false,
  );
  expect(when).toMatch(/^ {2}when {7}2025-11-2[567] \d\d:\d\d:35 [+-]\d{4}, took 3 min 20 s$/);
});
