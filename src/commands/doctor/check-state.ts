import {askedFor, machinesIn, unprotectedIn} from '../../capture/machines.js';
import type {Context} from '../../context.js';
import type {Finding} from '../../events/finding.js';
import {LOGS, readLogs} from '../../machine/machine-context.js';
import {isProvider, makeProvider, systemOf} from '../../machine/providers.js';
import type {MachineFinding} from '../../machine/words/doctor.js';
import type {Place} from '../../project/place.js';
import {parsedOrUndefined, type State} from '../../state/state.js';
import {stateSource} from '../../terraform/state-source.js';

/** Whether the state can be read the way it is read after a command, and what it says of machines. */
export async function checkState(context: Context, place: Place): Promise<(Finding | MachineFinding)[]> {
  const source = stateSource(context, place);
  const {name, isRemote} = source;
  const found = await source.read();
  const where = {name, workspace: place.workspace};
  if (found.kind === 'none') return [{kind: 'state-none', ...where}];
  if (found.kind !== 'some') return [{kind: 'state-unreadable', ...where, reason: found.reason, isRemote}];
  const state = parsedOrUndefined(found);
  return [
    {kind: 'state-readable', ...where},
    ...(state === undefined ? [] : await checkMachines(context, place, state)),
  ];
}

/** Machines that would be destroyed without the disk snapshot they are to have, or could not be. */
async function checkMachines({env}: Context, {root}: Place, state: State): Promise<MachineFinding[]> {
  const folders = [LOGS, ...machinesIn(state).flatMap(({logs}) => logs ?? [])];
  const {logs} = readLogs(root, folders);
  const imaged = new Set(logs.map(({machine}) => machine.id));
  const found: MachineFinding[] = unprotectedIn(state, imaged).map((machine) => ({
    kind: 'machine-unprotected',
    ...machine,
  }));
  const system = systemOf(env);
  for (const provider of askedFor(state).filter(isProvider)) {
    const {program, install} = await makeProvider(provider, {env, cwd: root, command: []});
    if (program !== '' && !system.has(program))
      found.push({kind: 'provider-program-missing', provider, program, install: install(system)[0] ?? ''});
  }
  return found;
}
