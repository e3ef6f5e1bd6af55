import {quote as shellQuote} from 'shlex';
import {accessSync, constants, existsSync, statSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import type {Place} from '../project/place.js';
import {parsedOrUndefined} from '../state/state.js';
import {askedFor, machinesIn, unprotectedIn} from '../capture/machines.js';
import type {Call, Command} from '../cli/command.js';
import {JSON_FLAG} from '../cli/common-flags.js';
import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {LOGS, readLogs} from '../machine/machine-context.js';
import {isProvider, makeProvider, systemOf} from '../machine/providers.js';
import {findingsText, type Finding} from '../report/doctor.js';
import {describeProblem} from '../report/problems.js';
import {openPlace} from '../rollback/open-history.js';
import {readHistory} from '../store/read.js';
import {hasLeftovers} from '../store/staging.js';
import {bindTerraform} from '../terraform/bound.js';
import {candidates, locate} from '../terraform/locate.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';

const OLDEST_NODE = 20;

/** `tm doctor`: check what usually goes wrong. Status 1 when something has to be mended. */
export const doctor: Command = {
  usage: ['doctor'],
  summary: 'Check for common problems and suggest fixes',
  flags: JSON_FLAG,
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has, colour} = call;
  const place = await openPlace(call, false);
  const findings = [
    switchedOff(context),
    order(context),
    await real(context, tm),
    between(context),
    node(context),
    ...(await state(context, place)),
    ...store(place, tm),
  ].filter((finding) => finding !== undefined);
  context.stdout.write(
    has('json') ? `${JSON.stringify(findings, undefined, 2)}\n` : findingsText(findings, colour),
  );
  return findings.some(({state}) => state === 'problem') ? 1 : 0;
}

function switchedOff({env}: Context): Finding | undefined {
  if (env.CLOUDTM_DISABLE !== '1') return undefined;
  return warning('switched off', 'CLOUDTM_DISABLE=1 is set: no version is kept', 'Unset CLOUDTM_DISABLE.');
}

/** Which program the name `terraform` starts. */
function order(context: Context): Finding {
  const [first] = candidates(context);
  const {launcher} = context.launch;
  const check = 'order on PATH';
  if (first?.kind === 'ours') return ok(check, `terraform starts cloudtm (${first.path})`);
  const folder = dirname(launcher === '' ? 'the installed bin folder' : launcher);
  const mend = `Put ${folder} in front of PATH; "hash -r" makes a running shell look again.`;
  if (first === undefined) return problem(check, 'there is no terraform on PATH', mend);
  return problem(check, `terraform starts ${first.path}, not cloudtm: nothing is kept`, mend);
}

/** Which terraform really runs, and whether the search for it ends. */
async function real(context: Context, tm: string): Promise<Finding> {
  const check = 'real terraform';
  const found = locate(context);
  if (found.kind === 'not-found') {
    const [what, ...mend] = describeProblem({...found, kind: 'terraform-not-found'}, tm).split('\n');
    return problem(check, what ?? '', mend.join('\n'));
  }
  const version = await bindTerraform(context, context.cwd).version();
  if (version === undefined) {
    return problem(check, `${found.path} does not say its version`, `Run ${found.path} version to see why.`);
  }
  const via = {variable: ', named by CLOUDTM_TERRAFORM', path: '', fallback: ', recorded at installation'}[
    found.via
  ];
  return ok(check, `${version} (${found.path}${via})`);
}

/** Other managers' shims, which cloudtm calls instead of stepping over them. */
function between(context: Context): Finding | undefined {
  const shim = candidates(context).find(({kind}) => kind !== 'ours');
  if (shim === undefined || shim.kind === 'binary') return undefined;
  const manager = ['asdf', 'mise', 'tfenv', 'tenv', 'rbenv', 'proto', 'aqua'].find((name) =>
    shim.path.includes(name),
  );
  return ok(
    'another manager',
    `${shim.path}${manager === undefined ? '' : ` (${manager})`} chooses the terraform that runs`,
  );
}

function node({node: {version, path}}: Context): Finding {
  const check = 'Node';
  if (Number(/^v(\d+)/.exec(version)?.[1] ?? 0) < OLDEST_NODE) {
    return problem(
      check,
      `${version} (${path}) is too old`,
      `Install Node ${OLDEST_NODE} or newer, then run install.sh again.`,
    );
  }
  return ok(check, `${version} (${path})`);
}

/** Whether the state can be read the way it is read after a command, and what it says of machines. */
async function state(context: Context, place: Place): Promise<Finding[]> {
  const check = 'state';
  const source = stateSource(context, place);
  const found = await source.read();
  const where = `${source.name}${place.workspace === 'default' ? '' : `, workspace ${place.workspace}`}`;
  if (found.kind === 'none') return [ok(check, `none yet in ${where}`)];
  if (found.kind === 'some')
    return [ok(check, `can be read: ${where}`), ...(await machines(context, place, found))];
  const mend = source.isRemote
    ? 'Run terraform state pull to see why. Until then versions are kept without their state.'
    : 'Make it readable.';
  return [problem(check, `${where} cannot be read (${found.reason})`, mend)];
}

/** Machines that would be destroyed without the snapshot they are to have, or could not be. */
async function machines({env}: Context, place: Place, bytes: StateBytes): Promise<Finding[]> {
  const parsed = parsedOrUndefined(bytes);
  if (parsed === undefined) return [];
  const check = 'snapshots';
  const folders = [LOGS, ...machinesIn(parsed).flatMap(({logs}) => logs ?? [])];
  const {logs} = readLogs(place.root, folders);
  const imaged = new Set(logs.map(({machine}) => machine.id));
  const found = unprotectedIn(parsed, imaged).map(({about, why}) => {
    switch (why) {
      case 'tainted':
        return warning(
          check,
          `${about} is tainted: its machine would go without a snapshot`,
          `terraform untaint ${shellQuote(about)}`,
        );
      case 'create-before-destroy':
        return warning(
          check,
          `something behind ${about} has create_before_destroy: an apply that replaces its machine takes no snapshot`,
          'terraform destroy -target=MACHINE takes one; docs/disk-snapshots.md has more.',
        );
      case 'imaged-already':
        return warning(
          check,
          `a snapshot of the machine ${about} was taken and it is still there: the next destroy takes none`,
          'Where it is to have another one: terraform apply, and then destroy.',
        );
    }
  });
  for (const name of askedFor(parsed).filter(isProvider)) {
    const {program, install} = await makeProvider(name, {env, cwd: place.root, command: []});
    const system = systemOf(env);
    if (program !== '' && !system.has(program))
      found.push(
        warning(
          check,
          `${program} is not installed: no machine of ${name} could be destroyed`,
          install(system)[0] ?? '',
        ),
      );
  }
  return found;
}

function store(place: Place, tm: string): Finding[] {
  const {layout} = place;
  const check = 'store';
  if (!existsSync(layout.store)) {
    return [
      writable(dirname(layout.store))
        ? ok(check, `none yet; the first change makes ${layout.store}`)
        : problem(
            check,
            `${dirname(layout.store)} is not writable, so no store can be made`,
            'Make it writable, or set CLOUDTM_DIR.',
          ),
    ];
  }
  const findings: Finding[] = [];
  if (!writable(layout.store) || (existsSync(layout.versions) && !writable(layout.versions))) {
    findings.push(
      problem(
        check,
        `${layout.store} is not writable: nothing is kept`,
        `Give it back to you: chown -R "$(id -un)" ${layout.store}`,
      ),
    );
  }
  if ((statSync(layout.store).mode & 0o077) !== 0) {
    findings.push(
      warning(
        check,
        `${layout.store} can be read by others, and states hold secrets`,
        `chmod go= ${layout.store}`,
      ),
    );
  }
  try {
    const {versions, damaged, notes, rollback} = readHistory(layout);
    if (rollback !== '') {
      findings.push(
        warning(
          'rollback',
          `${rollback} is deployed from ${layout.rollbackFolder}`,
          `${tm} rollback --del ends it.`,
        ),
      );
    }
    for (const {name, reason} of damaged) {
      findings.push(problem(check, `${name} is damaged: ${reason}`, mendOf(name, reason)));
    }
    for (const note of notes) {
      findings.push(
        warning(
          check,
          `${note.path}: ${note.reason}`,
          'The next command that changes the state writes it again.',
        ),
      );
    }
    if (hasLeftovers(layout)) {
      findings.push(
        warning(
          check,
          'a command still runs, or was killed',
          `${tm} list finishes what a killed command left.`,
        ),
      );
    }
    const count = `${versions.length} ${versions.length === 1 ? 'version' : 'versions'}`;
    if (findings.length === 0) findings.push(ok(check, `${layout.tree} (${count})`));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    findings.push(problem(check, describeProblem(error.problem, tm), ''));
  }
  return findings;
}

function mendOf(name: string, reason: string): string {
  return basename(reason.split(' ')[0] ?? '') === `${name}.json`
    ? `If versions/${name}/manifest.json stands, remove the metadata file: it is written again from there.`
    : `Its files are gone. Remove meta/${name}.json to take it off the list; the number is not used again.`;
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function ok(check: string, found: string): Finding {
  return {check, state: 'ok', found, mend: ''};
}

function warning(check: string, found: string, mend: string): Finding {
  return {check, state: 'warning', found, mend};
}

function problem(check: string, found: string, mend: string): Finding {
  return {check, state: 'problem', found, mend};
}
