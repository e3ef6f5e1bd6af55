import {askGit} from '../../project/git.js';
import {requirePlace} from '../../project/place.js';
import type {Call} from '../../cli/command.js';
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
export async function snapshot(call: Call): Promise<number> {
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
