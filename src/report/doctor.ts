import {createColors} from 'picocolors';
import type {Finding} from '../events/finding.js';
import {machineFinding, type MachineFinding} from '../machine/words/doctor.js';
import {count, plain} from './format.js';
import {describeProblem} from './problems.js';

/** One thing that was checked, in words; `-json` prints these fields. */
export interface Described {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found. */
  readonly found: string;
  /** What to do about it; empty where nothing has to be done. */
  readonly mend: string;
}

/** A finding's check and state, what was found, and what to do about it. */
type Words<Kind extends Finding['kind']> = readonly [
  check: string,
  state: Described['state'],
  found: (finding: Extract<Finding, {kind: Kind}>, tm: string) => string,
  mend?: (finding: Extract<Finding, {kind: Kind}>, tm: string) => string,
];

const VIA = {variable: ', named by CLOUDTM_TERRAFORM', path: '', fallback: ', recorded at installation'};

const WORDS: {readonly [Kind in Finding['kind']]: Words<Kind>} = {
  disabled: [
    'switched off',
    'warning',
    () => 'CLOUDTM_DISABLE=1 is set: no version is kept',
    () => 'Unset CLOUDTM_DISABLE.',
  ],
  'path-right': ['order on PATH', 'ok', ({path}) => `terraform starts cloudtm (${path})`],
  'path-wrong': [
    'order on PATH',
    'problem',
    ({first}) =>
      first === undefined
        ? 'there is no terraform on PATH'
        : `terraform starts ${first}, not cloudtm: nothing is kept`,
    ({folder = 'the installed bin folder'}) =>
      `Put ${folder} in front of PATH; "hash -r" makes a running shell look again.`,
  ],
  'terraform-found': ['real terraform', 'ok', ({version, path, via}) => `${version} (${path}${VIA[via]})`],
  'terraform-silent': [
    'real terraform',
    'problem',
    ({path}) => `${path} does not say its version`,
    ({path}) => `Run ${path} version to see why.`,
  ],
  'terraform-not-found': [
    'real terraform',
    'problem',
    ({problem}, tm) => firstLine(describeProblem(problem, tm)),
    ({problem}, tm) => otherLines(describeProblem(problem, tm)),
  ],
  'other-manager': [
    'another manager',
    'ok',
    ({path, manager}) =>
      `${path}${manager === undefined ? '' : ` (${manager})`} chooses the terraform that runs`,
  ],
  'node-right': ['Node', 'ok', ({version, path}) => `${version} (${path})`],
  'node-too-old': [
    'Node',
    'problem',
    ({version, path}) => `${version} (${path}) is too old`,
    ({oldest}) => `Install Node ${oldest} or newer, then run install.sh again.`,
  ],
  'state-none': ['state', 'ok', (state) => `none yet in ${where(state)}`],
  'state-readable': ['state', 'ok', (state) => `can be read: ${where(state)}`],
  'state-unreadable': [
    'state',
    'problem',
    (state) => `${where(state)} cannot be read (${state.reason})`,
    ({isRemote}) =>
      isRemote
        ? 'Run terraform state pull to see why. Until then versions are kept without their state.'
        : 'Make it readable.',
  ],
  'store-none': ['store', 'ok', ({path}) => `none yet; the first change makes ${path}`],
  'store-impossible': [
    'store',
    'problem',
    ({folder}) => `${folder} is not writable, so no store can be made`,
    () => 'Make it writable, or set CLOUDTM_DIR.',
  ],
  'store-right': ['store', 'ok', ({path, versions}) => `${path} (${count(versions, 'version')})`],
  'store-not-writable': [
    'store',
    'problem',
    ({path}) => `${path} is not writable: nothing is kept`,
    ({path}) => `Give it back to you: chown -R "$(id -un)" ${path}`,
  ],
  'store-open-to-others': [
    'store',
    'warning',
    ({path}) => `${path} can be read by others, and states hold secrets`,
    ({path}) => `chmod go= ${path}`,
  ],
  'store-unusable': ['store', 'problem', ({problem}, tm) => describeProblem(problem, tm)],
  'rollback-active': [
    'rollback',
    'warning',
    ({version, folder}) => `${version} is deployed from ${folder}`,
    (_, tm) => `${tm} rollback -del ends it.`,
  ],
  'version-damaged': [
    'store',
    'problem',
    ({version, reason}) => `${version} is damaged: ${reason}`,
    ({version, metadata}) =>
      metadata
        ? `If versions/${version}/manifest.json stands, remove the metadata file: it is written again from there.`
        : `Its files are gone. Remove meta/${version}.json to take it off the list; the number is not used again.`,
  ],
  'record-damaged': [
    'store',
    'warning',
    ({path, reason}) => `${path}: ${reason}`,
    () => 'The next command that changes the state writes it again.',
  ],
  leftovers: [
    'store',
    'warning',
    () => 'a command still runs, or was killed',
    (_, tm) => `${tm} list finishes what a killed command left.`,
  ],
};

function where({name, workspace}: {readonly name: string; readonly workspace: string}): string {
  return `${name}${workspace === 'default' ? '' : `, workspace ${workspace}`}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1).join('');
}

function otherLines(text: string): string {
  return text.split('\n').slice(1).join('\n');
}

/** A finding in words. @param tm How the user calls the commands: `terraform tm` or `cloudtm`. */
export function describeFinding(finding: Finding | MachineFinding, tm: string): Described {
  if (finding.kind === 'machine-unprotected' || finding.kind === 'provider-program-missing')
    return {check: 'snapshots', state: 'warning', ...machineFinding(finding)};
  // The table has for each kind what takes a finding of that kind, which the compiler cannot follow.
  const [check, state, found, mend] = WORDS[finding.kind] as unknown as Words<never>;
  return {check, state, found: found(finding as never, tm), mend: mend?.(finding as never, tm) ?? ''};
}

/** The findings line by line, what to do below those that are not right, and whether anything is wrong. */
export function findingsText(findings: readonly Described[], colour: boolean): string {
  const colours = createColors(colour);
  const mark = {
    ok: colours.green('ok     '),
    warning: colours.yellow('warning'),
    problem: colours.red('problem'),
  };
  const width = Math.max(...findings.map(({check}) => check.length));
  const lines = findings.flatMap(({check, state, found, mend}) => [
    `${mark[state]}  ${check.padEnd(width)}  ${plainLines(found)}`,
    ...(mend === '' ? [] : mend.split('\n').map((line) => `${' '.repeat(11 + width)}${plain(line)}`)),
  ]);
  return `${lines.join('\n')}\n\n${verdict(findings)}\n`;
}

function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

function verdict(findings: readonly Described[]): string {
  const problems = findings.filter(({state}) => state === 'problem').length;
  if (problems > 0) return `${count(problems, 'problem')} to fix.`;
  return findings.some(({state}) => state === 'warning')
    ? 'Nothing is broken; see the warnings.'
    : 'Nothing is wrong.';
}
