import type {Change} from '../store/version.js';
import type {RollbackEvent, RollbackQuestion} from '../events/rollback.js';
import {count, countWords, localTime, plain, resources} from './format.js';

export const NOTHING_CHANGED = 'Nothing was changed.\n';

/** The words for each type of event; `tm` is how the user calls the commands: `terraform tm` or `cloudtm`. */
export type Words<Event extends {type: string}> = {
  readonly [T in Event['type']]: (event: Extract<Event, {type: T}>, tm: string) => string;
};

type Of<Type extends RollbackEvent['type']> = Extract<RollbackEvent, {type: Type}>;

/** One or more lines for each step; empty lines set terraform's own output apart. */
export function rollbackLine(event: RollbackEvent, tm: string): string {
  // The table has for each type what takes an event of that type, which the compiler cannot follow.
  return (WORDS[event.type] as (event: RollbackEvent, tm: string) => string)(event, tm);
}

const WORDS: Words<RollbackEvent> = {
  'files-planned': filesPlanned,
  'files-left': ({version, paths}) =>
    `${version} has ${count(paths.length, 'file')} that cloudtm now ignores; the present ones stay:\n${list(paths)}`,
  'present-kept': ({version}) => `Kept the present files and state as ${version}\n`,
  'files-restored': ({version, before}) =>
    `The files of ${version} are restored; the previous ones are in ${before}\n` +
    'terraform plan shows what applying them would change; run terraform init first if modules or providers differ\n',
  'files-written': ({version, path}) => `Wrote the files of ${version} to ${path}\n`,
  'state-same': ({version, name}) => `The state in ${name} is already that of ${version}\n`,
  'state-planned': ({version, name, held, changes}) =>
    `The state in ${name} becomes that of ${version} (${resources(held)}). Nothing is created or destroyed:\n` +
    (changes.length === 0
      ? '  the resources and their attributes stay the same\n'
      : list(changes.map((change) => CHANGES[change.action](change)))),
  'state-restored': ({version, name, kept, before}, tm) =>
    `The state of ${version} is restored in ${name}, kept as ${kept}` +
    `${before === undefined ? '' : `; the previous one is in ${before}`}\nUse: ${tm} list\n`,
  'state-empty': ({path}) => `No resources in ${path}: nothing is deployed from here\n`,
  'none-active': () => 'No rollback is active\n',
  'version-found': ({version, workspace}) =>
    `Found version ${version}${workspace === 'default' ? '' : ` in workspace ${workspace}`}\n`,
  'images-belong': ({version, images}) =>
    `Snapshots of machines that belong to ${version}:\n` +
    list(
      images.map(
        ({machine, id, name, completed}) =>
          `${machine}: ${name} (id ${id}), completed ${localTime(completed)}`,
      ),
    ) +
    'A machine that is created now boots from one where its configuration says so: the variable restore_from of\n' +
    `the module gpu_droplet, as in -var restore_from=${plain(images[0]?.id ?? '')}\n`,
  'leftover-removed': ({path}) => `Removed ${path}, left by a rollback that deployed nothing\n`,
  copied: ({version, path}) => `Copied the configuration of ${version} to ${path}\n`,
  running: ({command, here}) =>
    `\nRunning ${command} ${here === true ? 'in the project itself' : 'there'} ...\n`,
  initialized: () => '\nterraform is initialized\n',
  'module-outside': ({version, module, path}) =>
    `module.${module.replaceAll('.', '.module.')} is read from ${path} as it is now, not as it was for ${version}\n`,
  resumed: ({version, path}) => `Resuming the rollback to ${version} in ${path}\n`,
  promoted: ({version, resources: held, kept}) =>
    `\n${version} is the project now (${resources(held)}), kept as ${kept}; the rollback is over\n`,
  recorded: ({version}) => `Recorded ${version} in rollback.json\n`,
  'backend-replaced': ({backend}) =>
    `The copy keeps its state in its own folder, not in the backend "${backend}": ` +
    'nothing done there reaches the state of the project (-same-backend uses the backend)\n',
  'backend-anew': () =>
    "\nThe project's backend is not that of the version: trying again with the version's own\n",
  deployed: ({version, resources: held, path, sameBackend}, tm) =>
    `\n${version} is deployed again (${resources(held)}), on its own in ${path}\n` +
    (sameBackend ? "Its state is in the version's own backend\n" : '') +
    `Use: ${tm} rollback -del to destroy it when you are done\n`,
  active: ({version, resources: held}) =>
    `Active rollback: ${version === '' ? '(not recorded)' : version}${held === undefined ? '' : ` (${resources(held)})`}\n`,
  destroyed: ({version}) => `\nThe resources of the rollback to ${version} are destroyed\n`,
  'folder-removed': ({path}) => `Removed ${path}\n`,
  ended: ({version}) => `The rollback${version === '' ? '' : ` to ${version}`} is over\n`,
  'lock-kept': ({version, types}) =>
    `The present .terraform.lock.hcl stays: ${types.join(', ')} in the state were written by a newer provider than ` +
    `that of ${version}\n`,
  'reconciled-moved': ({version, moved}) =>
    `Moved since ${version}, and moved back by generated blocks:\n` +
    list(moved.map(({from, to}) => `${from} → ${to}`)),
  'reconciled-imported': ({version, destroyed, addresses}) =>
    (destroyed
      ? `Imported since ${version}, and destroyed as requested:\n`
      : `Imported since ${version}: terraform forgets them, but they still exist (-destroy-imported destroys them):\n`) +
    list(addresses),
  'reconciled-forgotten': ({version, addresses}) =>
    `Removed from the state since ${version}, and re-imported by generated blocks (-no-import skips this):\n` +
    list(addresses),
  'will-destroy': (event) => `\n${destroyWords(event)}\n`,
  'files-put-back': ({left, edited, init}) =>
    left.length === 0
      ? 'The files are as they were before; nothing was applied\n' +
        (edited.length === 0 ? '' : 'Files that were edited in the meantime are beside them:\n') +
        list(edited) +
        (init ? 'Run terraform init before the next plan if modules or providers differ\n' : '')
      : `These files could not be put back:\n${list(left)}`,
  'rolled-back': ({version, kept, counts}) =>
    `\nRolled back to ${version}, kept as ${kept} (${countWords(counts)})\n`,
  'inputs-targeted': ({version, targets, replaced}) =>
    `${version} was applied with ` +
    [...targets.map((each) => `-target=${each}`), ...replaced.map((each) => `-replace=${each}`)].join(' ') +
    `; the rollback deploys all of its configuration\n`,
  'inputs-unknown': ({version, reason}) =>
    `The values of variables for ${version} are not known (${reason}): the present ones are used\n`,
  'input-unknown': ({version, name}) =>
    `The value of ${name} for ${version} was typed in and is not known: the present one is used\n`,
  'input-left-out': ({version, name}) =>
    `Ignored the present value of ${name}: it was not set for ${version}\n`,
  'input-differs': ({version, name}) => `The present value of ${name} is not that of ${version}\n`,
};

const CHANGES: Readonly<Record<Change['action'], (change: Change) => string>> = {
  added: ({address}) => `+ ${address}  managed again`,
  destroyed: ({address}) => `- ${address}  forgotten; it still exists but is no longer managed`,
  moved: ({address, from}) => `→ ${from ?? ''} becomes ${address}`,
  changed: ({address}) => `~ ${address}`,
  replaced: ({address}) => `~ ${address}`,
};

function filesPlanned({version, added, changed, removed, outside}: Of<'files-planned'>): string {
  const lines = [
    ...added.map((path) => `+ ${path}`),
    ...changed.map((path) => `~ ${path}`),
    ...removed.map((path) => `- ${path}`),
  ];
  const [differ, stay] =
    outside.length === 1 ? ['differs', 'stays as it is'] : ['differ', 'stay as they are'];
  return (
    (lines.length === 0 ? `The files are already those of ${version}\n` : `Files of ${version}:\n`) +
    list(lines) +
    (outside.length === 0
      ? ''
      : `${count(outside.length, 'file')} of modules outside of this folder ${differ} from ${version} and ${stay}:\n`) +
    list(outside)
  );
}

/** Longer lists are cut here. */
const MOST = 50;

/** A line for each, as a terminal can show it. */
function list(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST).map((line) => `  ${plain(line)}\n`);
  return shown.join('') + (lines.length > MOST ? `  … and ${lines.length - MOST} more\n` : '');
}

/** A question of a rollback, with the place for the answer behind it. */
export function rollbackQuestion(question: RollbackQuestion): string {
  const {name, version} = question;
  return question.type === 'value'
    ? `Value of ${name}${question.ephemeral ? '' : ` as it was for ${version}`} (not shown): `
    : `That is not the value ${name} had for ${version}. Use it anyway? (yes/no): `;
}

function destroyWords({destroyed, replaced}: Of<'will-destroy'>): string {
  if (destroyed === undefined || replaced === undefined)
    return 'What this plan destroys could not be read; see above.';
  const parts = Object.entries({destroys: destroyed, replaces: replaced})
    .filter(([, addresses]) => addresses.length > 0)
    .map(([verb, addresses]) => `${verb} ${resources(addresses.length)}: ${addresses.map(plain).join(', ')}`);
  return parts.length === 0 ? 'Nothing is destroyed.' : `This ${parts.join('; it ')}.`;
}

/** What `tm rollback` shows. */
export function rollbackStatus(version: string, path: string, held: number | undefined, tm: string): string {
  const usage =
    '\nUsage:\n' +
    `  ${tm} rollback --to VERSION   deploy a version on its own (destroy everything else first)\n` +
    `  ${tm} rollback --to VERSION --in-place   go back to a version from what is deployed now\n` +
    `  ${tm} rollback --del          destroy what the rollback deployed\n`;
  if (version === '') {
    const left = held === undefined || held === 0 ? '' : `${path} still holds ${resources(held)}.\n`;
    return `No active rollback\n${left}${usage}`;
  }
  return `Active rollback: ${version}\n  folder     ${path}\n  resources  ${held ?? 'unknown'}\n${usage}`;
}
