import type {Change} from '../store/version.js';
import type {FilesPlanned, RestoreEvent} from '../events/rollback.js';
import {count, plain, resources} from './format.js';

export const NOTHING_CHANGED = 'Nothing was changed.\n';

/** The words for each type of event; `tm` is how the user calls the commands: `terraform tm` or `cloudtm`. */
export type Words<Event extends {type: string}> = {
  readonly [T in Event['type']]: (event: Extract<Event, {type: T}>, tm: string) => string;
};

/** One or more lines for each step. */
export function restoreLine(event: RestoreEvent, tm: string): string {
  // The table has for each type what takes an event of that type, which the compiler cannot follow.
  return (WORDS[event.type] as (event: RestoreEvent, tm: string) => string)(event, tm);
}

/** Steps that a restore and a rollback share. */
export const FILE_WORDS = {
  'files-planned': filesPlanned,
  'files-left': ({version, paths}) =>
    `${version} has ${count(paths.length, 'file')} that cloudtm now ignores; the present ones stay:\n${list(paths)}`,
  'present-kept': ({version}) => `Kept the present files and state as ${version}\n`,
} satisfies Partial<Words<RestoreEvent>>;

const WORDS: Words<RestoreEvent> = {
  ...FILE_WORDS,
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
};

const CHANGES: Readonly<Record<Change['action'], (change: Change) => string>> = {
  added: ({address}) => `+ ${address}  managed again`,
  destroyed: ({address}) => `- ${address}  forgotten; it still exists but is no longer managed`,
  moved: ({address, from}) => `→ ${from ?? ''} becomes ${address}`,
  changed: ({address}) => `~ ${address}`,
  replaced: ({address}) => `~ ${address}`,
};

function filesPlanned({version, added, changed, removed, outside}: FilesPlanned): string {
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
export function list(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST).map((line) => `  ${plain(line)}\n`);
  return shown.join('') + (lines.length > MOST ? `  … and ${lines.length - MOST} more\n` : '');
}
