import {unreachable} from '../errors.js';
import {filesLeft, filesPlanned, list, presentKept} from './restore.js';
import type {RollbackEvent, RollbackQuestion} from '../events/rollback.js';
import {plain, resources} from './format.js';

/** One line for each step; empty lines set terraform's own output apart. */
export function rollbackLine(event: RollbackEvent, tm: string): string {
  switch (event.type) {
    case 'state-empty':
      return `No resources in ${event.path}: nothing is deployed from here\n`;
    case 'none-active':
      return 'No rollback is active\n';
    case 'version-found':
      return `Found version ${event.version}${event.workspace === 'default' ? '' : ` in workspace ${event.workspace}`}\n`;
    case 'images-belong':
      return (
        `Snapshots of machines that belong to ${event.version}:\n` +
        list(
          event.images.map(({machine, id, name, completed}) =>
            plain(`${machine}: ${name} (id ${id}), completed ${completed.replace('T', ' ')}`),
          ),
          '',
        ) +
        'A machine that is created now boots from one where its configuration says so: the variable restore_from of\n' +
        `the module gpu_droplet, as in -var restore_from=${plain(event.images[0]?.id ?? '')}\n`
      );
    case 'leftover-removed':
      return `Removed ${event.path}, left by a rollback that deployed nothing\n`;
    case 'copied':
      return `Copied the configuration of ${event.version} to ${event.path}\n`;
    case 'running':
      return `\nRunning ${event.command} ${event.here === true ? 'in the project itself' : 'there'} ...\n`;
    case 'initialized':
      return '\nterraform is initialized\n';
    case 'module-outside':
      return `module.${event.module.replaceAll('.', '.module.')} is read from ${event.path} as it is now, not as it was for ${event.version}\n`;
    case 'resumed':
      return `Going on with the rollback to ${event.version} in ${event.path}\n`;
    case 'promoted':
      return `\n${event.version} is the project now (${resources(event.resources)}), kept as ${event.kept}; the rollback is over\n`;
    case 'recorded':
      return `Recorded ${event.version} in rollback.json\n`;
    case 'backend-replaced':
      return (
        `The copy keeps its state in its own folder, not in the backend "${event.backend}": ` +
        'nothing done there reaches the state of the project (-same-backend uses the backend)\n'
      );
    case 'backend-anew':
      return "\nThe project's backend is not the one of the version: trying again with the version's own\n";
    case 'deployed':
      return (
        `\n${event.version} is deployed again (${resources(event.resources)}), on its own in ${event.path}\n` +
        (event.sameBackend ? "Its state is in the version's own backend\n" : '') +
        `Use: ${tm} rollback --del to destroy it when you are done\n`
      );
    case 'active':
      return `Active rollback: ${event.version === '' ? '(not recorded)' : event.version}${event.resources === undefined ? '' : ` (${resources(event.resources)})`}\n`;
    case 'destroyed':
      return `\nThe resources of the rollback to ${event.version} are destroyed\n`;
    case 'folder-removed':
      return `Removed ${event.path}\n`;
    case 'ended':
      return `The rollback${event.version === '' ? '' : ` to ${event.version}`} is over\n`;
    case 'files-planned':
      return filesPlanned(event);
    case 'files-left':
      return filesLeft(event);
    case 'present-kept':
      return presentKept(event.version);
    case 'lock-kept':
      return (
        `The present .terraform.lock.hcl stays: ${event.types.join(', ')} in the state were written by a newer provider than ` +
        `that of ${event.version}\n`
      );
    case 'reconciled-moved':
      return (
        `Moved since ${event.version}, and moved back by generated blocks:\n` +
        list(
          event.moved.map(({from, to}) => plain(`${from} → ${to}`)),
          '',
        )
      );
    case 'reconciled-imported':
      return (
        (event.destroyed
          ? `Imported since ${event.version}, and destroyed as you insist:\n`
          : `Imported since ${event.version}: terraform forgets them and they go on existing (-destroy-imported destroys them):\n`) +
        list(event.addresses.map(plain), '')
      );
    case 'reconciled-forgotten':
      return (
        `Taken out of the state since ${event.version}, and imported again by generated blocks (-no-import leaves that out):\n` +
        list(event.addresses.map(plain), '')
      );
    case 'will-destroy':
      return `\n${destroyWords(event)}\n`;
    case 'files-put-back':
      return event.left.length === 0
        ? `The files are as they were before; nothing was applied\n${editedWords(event.edited)}${event.init ? 'Run terraform init before the next plan where modules or providers differ\n' : ''}`
        : `These files could not be put back:\n${list(event.left.map(plain), '')}`;
    case 'rolled-back': {
      const {added, changed, destroyed} = event.counts;
      return `\nRolled back to ${event.version}, kept as ${event.kept} (${added} added, ${changed} changed, ${destroyed} destroyed)\n`;
    }
    case 'inputs-targeted':
      return `${event.version} was applied with ${flagsOf(event)}; the rollback deploys all of its configuration\n`;
    case 'inputs-unknown':
      return `The values of variables for ${event.version} are not known (${event.reason}): those set now are used\n`;
    case 'input-unknown':
      return `The value of ${event.name} for ${event.version} is not known, it was typed then: the one set now is used\n`;
    case 'input-left-out':
      return `Left out the value of ${event.name} that is set now: it was not set for ${event.version}\n`;
    case 'input-differs':
      return `The value of ${event.name} that is set now is not the one of ${event.version}\n`;
    default:
      return unreachable(event);
  }
}

/** A question of a rollback, with the place for the answer behind it. */
export function rollbackQuestion(question: RollbackQuestion): string {
  switch (question.type) {
    case 'value':
      return `Value of ${question.name}${question.ephemeral ? '' : ` as it was for ${question.version}`} (not shown): `;
    case 'use-other':
      return `That is not the value ${question.name} had for ${question.version}. Use it all the same? (yes/no): `;
    default:
      return unreachable(question);
  }
}

function destroyWords({destroyed, replaced}: Extract<RollbackEvent, {type: 'will-destroy'}>): string {
  if (destroyed === undefined || replaced === undefined)
    return 'What this plan destroys could not be read; see above.';
  const parts = [
    destroyed.length === 0
      ? ''
      : `destroys ${resources(destroyed.length)}: ${destroyed.map(plain).join(', ')}`,
    replaced.length === 0 ? '' : `replaces ${resources(replaced.length)}: ${replaced.map(plain).join(', ')}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'Nothing is destroyed.' : `This ${parts.join('; it ')}.`;
}

function editedWords(edited: readonly string[]): string {
  return edited.length === 0
    ? ''
    : `What was edited meanwhile is beside them:\n${list(edited.map(plain), '')}`;
}

function flagsOf({targets, replaced}: {targets: readonly string[]; replaced: readonly string[]}): string {
  return [
    ...targets.map((address) => `-target=${address}`),
    ...replaced.map((address) => `-replace=${address}`),
  ].join(' ');
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
