import type {Context} from '../context.js';
import {UserError} from '../errors.js';
import {layOut, type Layout} from '../store/layout.js';
import {parseArguments, withEnvironment, type Arguments} from '../terraform/arguments.js';
import {commandFolder, resolveProject, storeFolder, type Project} from '../terraform/project.js';

/** A root module, the workspace selected in it, and where its versions are kept. */
export interface Place extends Project {
  readonly layout: Layout;
}

/**
 * Refuse where flags in `TF_CLI_ARGS` lead to another state file than the one the commands of a rollback would use: what
 * is checked and what is changed would not be the same.
 *
 * @throws UserError `state-elsewhere`.
 */
export function refuseStateElsewhere(context: Context, place: Place): void {
  const plain = resolveProject(place.root, undefined, parseArguments([]), context.env);
  if (plain !== undefined && JSON.stringify(plain.backend) !== JSON.stringify(place.backend))
    throw new UserError({kind: 'state-elsewhere'});
}

/** The place a command of terraform works at; undefined when its folder does not exist. */
export function placeOf(context: Context, chdir: string | undefined, flags: Arguments): Place | undefined {
  const project = resolveProject(context.cwd, chdir, flags, context.env);
  if (project === undefined) return undefined;
  return {...project, layout: layOut(storeFolder(project.root, context.env), project.workspace)};
}

/** The place a `tm` command works at: where an `apply` without flags would. @throws UserError `no-root-module`. */
export async function requirePlace(context: Context, chdir: string | undefined): Promise<Place> {
  const words = await withEnvironment([], ['apply'], context.env);
  const place = placeOf(context, chdir, parseArguments(words));
  if (place === undefined)
    throw new UserError({kind: 'no-root-module', path: commandFolder(context.cwd, chdir)});
  return place;
}
