import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../src/events/finding.js';
import type {MachineFinding} from '../../../src/machine/words/doctor.js';
import {describeFinding, findingsText} from '../../../src/report/doctor.js';

const TM = 'terraform tm';

const NOT_FOUND = {kind: 'terraform-not-found', reason: 'nowhere', searched: ['/nowhere']} as const;

describe('a finding of tm doctor', () => {
  test.each<[Finding | MachineFinding, string, string, string]>([
    [{kind: 'disabled'}, 'warning', 'CLOUDTM_DISABLE=1 is set: no version is kept', 'Unset CLOUDTM_DISABLE.'],
    [
      {kind: 'path-wrong', first: '/bin/terraform', folder: '/opt/cloudtm'},
      'problem',
      'terraform starts /bin/terraform, not cloudtm: nothing is kept',
      'Put /opt/cloudtm in front of PATH; "hash -r" makes a running shell look again.',
    ],
    [
      {kind: 'path-wrong', first: undefined, folder: undefined},
      'problem',
      'there is no terraform on PATH',
      'Put the installed bin folder in front of PATH; "hash -r" makes a running shell look again.',
    ],
    [
      {kind: 'terraform-not-found', problem: NOT_FOUND},
      'problem',
      'terraform was not found in: /nowhere.',
      'Install terraform, or set CLOUDTM_TERRAFORM to its path.',
    ],
    [
      {kind: 'terraform-found', version: '1.11.4', path: '/t', via: 'variable'},
      'ok',
      '1.11.4 (/t, named by CLOUDTM_TERRAFORM)',
      '',
    ],
    [{kind: 'state-none', name: '/s', workspace: 'dev'}, 'ok', 'none yet in /s, workspace dev', ''],
    [{kind: 'store-right', path: '/p/.cloudtm', versions: 1}, 'ok', '/p/.cloudtm (1 version)', ''],
    [
      {kind: 'rollback-active', version: 'v2', folder: '/p/.cloudtm/rollback'},
      'warning',
      'v2 is deployed from /p/.cloudtm/rollback',
      'terraform tm rollback -del ends it.',
    ],
    [
      {kind: 'version-damaged', version: 'v2', reason: '/p/v2.json is damaged', metadata: true},
      'problem',
      'v2 is damaged: /p/v2.json is damaged',
      'If versions/v2/manifest.json stands, remove the metadata file: it is written again from there.',
    ],
    [
      {kind: 'machine-unprotected', about: 'a["x"]', why: 'tainted'},
      'warning',
      'a["x"] is tainted: its machine would go without a snapshot',
      `terraform untaint 'a["x"]'`,
    ],
  ])('%j', (finding, state, found, mend) => {
    expect(describeFinding(finding, TM)).toMatchObject({state, found, mend});
  });
});

test('findings stand under each other, what to do below them, and a verdict at the end', () => {
  const described = (findings: readonly Finding[]) => findings.map((each) => describeFinding(each, TM));
  const right: Finding = {kind: 'store-right', path: '/s', versions: 2};
  const warning: Finding = {kind: 'disabled'};
  const problem: Finding = {kind: 'record-damaged', path: '/a\u001B', reason: 'x'};
  const damaged: Finding = {kind: 'terraform-silent', path: '/t'};
  expect(findingsText(described([right]), false)).toBe(
    'ok       store  /s (2 versions)\n\nNothing is wrong.\n',
  );
  expect(findingsText(described([right, warning, problem]), false))
    .toBe(`ok       store         /s (2 versions)
warning  switched off  CLOUDTM_DISABLE=1 is set: no version is kept
                       Unset CLOUDTM_DISABLE.
warning  store         /a\\u001b: x
                       The next command that changes the state writes it again.

Nothing is broken; see the warnings.
`);
  expect(findingsText(described([damaged]), false)).toMatch(/\n\n1 problem to fix\.\n$/);
});
