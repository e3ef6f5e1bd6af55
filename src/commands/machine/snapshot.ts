import type {Call, Command} from '../../cli/command.js';
import {MachineError} from '../../machine/problems.js';
import {interruptiblePause} from '../../machine/take/deadline.js';
import {takeDiskSnapshot} from '../../machine/take/take-disk-snapshot.js';
import {machineReport} from '../../machine/words/progress.js';
import {askGit} from '../../project/git.js';
import {requirePlace} from '../../project/place.js';
import {formatError} from '../../report/format-error.js';
import {jsonText} from '../../report/format.js';
import {cloudtmVersion} from '../../version.js';
import {readOptions, SNAPSHOT_FLAGS} from './options.js';
import {openMachines} from './select.js';

/** `tm machine snapshot`: take a disk snapshot of a machine; terraform calls it before it destroys the machine. */
export const snapshot: Command = {
  usage: ['machine snapshot -machine-id ID'],
  summary: "Take a snapshot of a machine's disk, wait for it to complete, and log it",
  more: [
    'The module snapshot_on_destroy runs this before terraform destroys the machine. It passes the settings in',
    'CLOUDTM_MACHINE_ID, CLOUDTM_MACHINE_NAME and so on. CLOUDTM_ON_FAILURE overrides its on_failure for one run.',
  ],
  flags: SNAPSHOT_FLAGS,
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has} = call;
  const options = readOptions(call);
  try {
    const taken = await take(call, options);
    if (has('json')) context.stdout.write(jsonText(taken));
    return 0;
  } catch (error) {
    const isInterrupted = error instanceof MachineError && error.problem.kind === 'interrupted';
    // A user who interrupts this does not want the machine to be destroyed.
    if (options.onFailure === 'stop' || isInterrupted) throw error;
    context.stderr.write(formatError(error, tm));
    machineReport(context.stderr, '').say({type: 'continuing-without', machine: options.machineId});
    return 0;
  }
}

async function take(call: Call, options: ReturnType<typeof readOptions>) {
  const {context, chdir, has} = call;
  const machines = openMachines(call);
  const report = machineReport(has('json') ? context.stderr : context.stdout, options.directory);
  const provider = await machines.provider(options.provider);
  if (has('reboot') && !provider.canReboot)
    throw new MachineError({kind: 'reboot-impossible', provider: provider.name});
  const workspace = options.workspace || (await requirePlace(context, chdir)).workspace;
  const request = {
    ...options,
    reboot: options.reboot && provider.canReboot,
    folder: machines.folder(options.directory),
  };
  try {
    return await takeDiskSnapshot(request, {
      provider,
      system: machines.system,
      owner: context,
      now: context.now,
      say: report.say,
      pause: interruptiblePause(context, options.before),
      rate: machines.rate(provider.name),
      workspace,
      cloudtmVersion,
      git: () => askGit(machines.root, context.env).answer(),
    });
  } finally {
    report.end();
  }
}
