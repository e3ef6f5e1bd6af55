import {unreachable} from '../errors.js';
import type {Change} from '../store/version.js';
import type {FilesLeft, FilesPlanned, RestoreEvent} from '../events/restore.js';
import {count, plain, resources} from './format.js';

/** One or more lines for each step. */
export function restoreLine(event: RestoreEvent, tm: string): string {
  switch (event.type) {
    case 'files-planned':
      return filesPlanned(event);
    case 'files-left':
      return filesLeft(event);
    case 'present-kept':
      return presentKept(event.version);
    case 'files-restored':
      return (
        `The files of ${event.version} are restored; the previous ones are in ${event.before}\n` +
        'terraform plan shows what applying them would change; run terraform init first if modules or providers differ\n'
      );
    case 'files-written':
      return `Wrote the files of ${event.version} to ${event.path}\n`;
    case 'state-same':
      return `The state in ${event.name} is already that of ${event.version}\n`;
    case 'state-planned':
      return (
        `The state in ${event.name} becomes that of ${event.version} (${resources(event.held)}). Nothing is created or destroyed:\n` +
        list(event.changes.map(changeLine), 'the resources and their attributes stay the same')
      );
    case 'state-restored': {
      const before = event.before === undefined ? '' : `; the previous one is in ${event.before}`;
      return `The state of ${event.version} is restored in ${event.name}, kept as ${event.kept}${before}\nUse: ${tm} list\n`;
    }
    default:
      return unreachable(event);
  }
}

export function presentKept(version: string): string {
  return `Kept the present files and state as ${version}\n`;
}

export function filesLeft({version, paths}: FilesLeft): string {
  return (
    `${version} has ${count(paths.length, 'file')} that cloudtm now ignores; the present ones stay:\n` +
    list(paths.map(plain), '')
  );
}

export function filesPlanned(event: FilesPlanned): string {
  const {version, added, changed, removed, outside} = event;
  const lines = [
    ...added.map((path) => `+ ${path}`),
    ...changed.map((path) => `~ ${path}`),
    ...removed.map((path) => `- ${path}`),
  ].map(plain);
  const left =
    outside.length === 0
      ? ''
      : `${count(outside.length, 'file')} of modules outside of this folder ${outside.length === 1 ? 'differs' : 'differ'} from ${version} and ${outside.length === 1 ? 'stays as it is' : 'stay as they are'}:\n` +
        list(outside.map(plain), '');
  const head = lines.length === 0 ? `The files are already those of ${version}\n` : `Files of ${version}:\n`;
  return head + (lines.length === 0 ? '' : list(lines, '')) + left;
}

function changeLine({address, action, from}: Change): string {
  switch (action) {
    case 'added':
      return plain(`+ ${address}  managed again`);
    case 'destroyed':
      return plain(`- ${address}  forgotten; it still exists but is no longer managed`);
    case 'moved':
      return plain(`→ ${from ?? ''} becomes ${address}`);
    case 'changed':
    case 'replaced':
      return plain(`~ ${address}`);
    default:
      return unreachable(action);
  }
}

/** Longer lists are cut here. */
const MOST = 50;

export function list(lines: readonly string[], otherwise: string): string {
  if (lines.length === 0) return otherwise === '' ? '' : `  ${otherwise}\n`;
  const shown = lines.slice(0, MOST).map((line) => `  ${line}\n`);
  return shown.join('') + (lines.length > MOST ? `  … and ${lines.length - MOST} more\n` : '');
}
