import {askGit} from '../../project/git.js';
import {requirePlace} from '../../project/place.js';
import type {Call, Command} from '../../cli/command.js';
import {LOG_FLAG} from './flags.js';
import {JSON_FLAG} from '../../cli/common-flags.js';
import {MachineError} from '../../machine/problems.js';
import {openMachineContext} from '../../machine/machine-context.js';
import {systemOf} from '../../machine/problem-of.js';
import {stoppable} from '../../machine/take/stoppable.js';
import {takeDiskSnapshot} from '../../machine/take/take-disk-snapshot.js';
import {readOptions, type SnapshotOptions} from './options.js';
import type {LoggedDiskSnapshot} from '../../machine/disk-snapshot-log.js';
import {formatError} from '../../report/format-error.js';
import {machineReport} from '../../machine/words/progress.js';
import {cloudtmVersion} from '../../version.js';
import {jsonText} from '../../report/format.js';
import {commandFolder} from '../../terraform/project.js';

/** `tm machine snapshot`: take an image of a machine's disk; terraform calls it before it destroys the machine. */
export const snapshot: Command = {
  usage: ['machine snapshot -machine-id ID'],
  summary: "Take a snapshot of a machine's disk, wait for it to complete, and log it",
  more: [
    'The module snapshot_on_destroy runs this before terraform destroys the machine. It passes the settings in',
    'CLOUDTM_MACHINE_ID, CLOUDTM_MACHINE_NAME and so on. CLOUDTM_ON_FAILURE overrides its on_failure for one run.',
  ],
  flags: {
    'machine-id': {value: 'ID', summary: "the machine's id at its provider"},
    'machine-name': {value: 'NAME', summary: "the name to log; the provider's name by default"},
    provider: {value: 'PROVIDER', summary: 'digitalocean (the default), aws or command'},
    name: {
      value: 'NAME',
      summary: "the snapshot's name; {machine}-snapshot-{YYYYMMDD-HHMMSS} by default",
    },
    ...LOG_FLAG,
    timeout: {value: 'MINUTES', summary: 'how long to wait; 30 by default'},
    'on-failure': {value: 'WORD', summary: 'stop, or continue: exit with status 0 even without a snapshot'},
    reboot: {summary: 'restart the machine for a consistent snapshot, if the provider supports it (aws)'},
    ...JSON_FLAG,
  },
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has} = call;
  const wishes = readOptions(call);
  try {
    const taken = await take(call, wishes);
    if (has('json')) context.stdout.write(jsonText(taken));
    return 0;
  } catch (error) {
    const isInterrupted = error instanceof MachineError && error.problem.kind === 'interrupted';
    // Who interrupts this does not want the machine to be destroyed.
    if (wishes.onFailure === 'stop' || isInterrupted) throw error;
    context.stderr.write(formatError(error, tm));
    machineReport(context.stderr, '').say({type: 'continuing-without', machine: wishes.machineId});
    return 0;
  }
}

async function take(call: Call, wishes: SnapshotOptions): Promise<LoggedDiskSnapshot> {
  const {context, chdir, has} = call;
  const desk = openMachineContext(context, commandFolder(context.cwd, chdir));
  const report = machineReport(has('json') ? context.stderr : context.stdout, wishes.directory);
  const provider = await desk.provider(wishes.provider);
  if (has('reboot') && !provider.canReboot)
    throw new MachineError({kind: 'reboot-impossible', provider: provider.name});
  const workspace =
    wishes.workspace === '' ? (await requirePlace(context, chdir)).workspace : wishes.workspace;
  const order = {
    ...wishes,
    reboot: wishes.reboot && provider.canReboot,
    folder: desk.folder(wishes.directory),
  };
  try {
    return await takeDiskSnapshot(order, {
      provider,
      system: systemOf(context.env),
      holder: context,
      say: report.say,
      pause: stoppable(context, wishes.before),
      rate: desk.rate(provider.name),
      workspace,
      cloudtmVersion,
      git: () => askGit(desk.root, context.env).answer(),
    });
  } finally {
    report.end();
  }
}
