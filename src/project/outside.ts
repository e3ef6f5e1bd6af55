import {dirname, relative, resolve, sep} from 'node:path';
import {CONFIGS, OUTSIDE} from '../store/layout.js';
import type {Module} from '../terraform/project.js';
import {NEVER_FOLDERS} from './config-files.js';
import {follow} from './follow.js';

/** Where a root module stands among the local modules that lie outside of it. */
export type Outside = Readonly<ReturnType<typeof outsideOf>>;

/** Whether a path is a folder or lies below it; both absolute. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : `${folder}${sep}`);
}

/**
 * Find the local modules outside of the root module, `source = "../modules/x"`, and the folder that holds all of them.
 * Terraform records folders without links, so sources are followed as well: a link on the way to a module is part of the
 * configuration. Modules in the data folder come again with `terraform init`.
 *
 * @param root Absolute, without links.
 * @param recorded The modules of the last `terraform init`.
 * @param planned The modules of a saved plan: they have a place, whether their folders still exist or not.
 * @param isModule Whether there is configuration in a folder; what is recorded may be old, or made up.
 */
export function outsideOf(
  root: string,
  dataDir: string,
  recorded: readonly Module[],
  planned: readonly Module[],
  isModule: (folder: string) => boolean,
) {
  const data = follow(dataDir)?.real ?? dataDir;
  const isDownloaded = (path: string) => {
    const parts = relative(root, path).split(sep);
    return parts.includes('.terraform') || isWithin(path, dataDir) || isWithin(path, data);
  };
  const folderOf = ({Dir}: Module) => {
    const path = resolve(root, Dir);
    const real = isDownloaded(path) ? undefined : follow(path)?.real;
    return real === undefined || isDownloaded(real) ? undefined : real;
  };
  const waysTo = (modules: readonly Module[]) =>
    [...new Set(modules.flatMap((module) => pathsOf(module, modules, root)))]
      .filter((path) => !isDownloaded(path))
      .map(follow)
      .filter((way) => way !== undefined)
      .filter(({real}) => !isDownloaded(real));

  const ways = waysTo(recorded);
  const isOutside = (path: string) => !isWithin(path, root);
  const real = [...new Set(ways.map((way) => way.real))].filter(
    (path) => path !== sep && isOutside(path) && isModule(path),
  );
  const folders = real.filter((path) => !real.some((other) => other !== path && covers(other, path)));
  const links = [...new Set([...ways, ...waysTo(planned)].flatMap((way) => way.links))].filter(
    (path) => isOutside(path) && !folders.some((folder) => covers(folder, path)),
  );
  const plannedFolders = planned.map(folderOf).filter((path) => path !== undefined);
  const ancestor = [...folders, ...links.map(dirname), ...plannedFolders].reduce(commonAncestor, root);

  return {
    /** The root module's path from the folder that holds it and all of these, with `/`; empty when nothing lies outside. */
    rootPath: portable(relative(ancestor, root)),
    /** Folders of modules, absolute, without links; none lies in another one or in the root. The root may lie in one. */
    folders,
    /** Links that lead to them and lie outside of the root and of these folders. Absolute. */
    links,
    /** Where the folder of a module lies; undefined for one that was downloaded. */
    folderOf,
    /** The path in a version of an absolute path without links; undefined for what has none. */
    place: (path: string) => {
      const [folder, name] = isWithin(path, root) ? [root, CONFIGS] : [ancestor, OUTSIDE];
      if (!isWithin(path, folder)) return undefined;
      return path === folder ? name : `${name}/${portable(relative(folder, path))}`;
    },
  };
}

/** The paths that lead to a module: the one recorded and, for a local one, the one its caller's source says. */
function pathsOf({Key, Source, Dir}: Module, modules: readonly Module[], root: string): string[] {
  const recorded = resolve(root, Dir);
  if (!/^\.\.?(\/|$)/.test(Source)) return [recorded];
  const caller = Key.slice(0, Math.max(0, Key.lastIndexOf('.')));
  const from = caller === '' ? '.' : modules.find((module) => module.Key === caller)?.Dir;
  return from === undefined ? [recorded] : [recorded, resolve(root, from, Source)];
}

/** Whether what lies at a path is found by looking through a folder above it. */
function covers(folder: string, path: string): boolean {
  if (!isWithin(path, folder)) return false;
  const between = relative(folder, path).split(sep);
  return !between.some((name) => NEVER_FOLDERS.includes(name));
}

function commonAncestor(a: string, b: string): string {
  return isWithin(b, a) ? a : commonAncestor(dirname(a), b);
}

function portable(path: string): string {
  return path.split(sep).join('/');
}
