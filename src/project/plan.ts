import {createHash} from 'node:crypto';
import {rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {Copied, CopiedFiles} from '../store/copy.js';
import {writeStored} from '../store/disk.js';
import {CONFIGS} from '../store/layout.js';
import type {Staging} from '../store/staging.js';
import {parseModules} from '../terraform/project.js';
import {isConfiguration} from '../terraform/variables.js';
import {readIfRegular} from '../regular-file.js';
import {savedPlan} from './config-files.js';
import type {Outside} from './outside.js';

/** The configuration a saved plan was made from. */
export type Planned = NonNullable<Awaited<ReturnType<typeof readPlan>>>;

const LOCK_FILE = '.terraform.lock.hcl';

/**
 * Read the configuration out of a saved plan: a zip with `tfconfig/m-KEY/` for each module, `tfconfig/modules.json` that
 * names their folders, and the lock file (terraform's planfile and configload packages). Undefined for anything else.
 */
export async function readPlan(path: string) {
  const {unzipSync} = await import('fflate');
  try {
    const plan = readIfRegular(path);
    if (plan === undefined || savedPlan(plan) === undefined) return undefined;
    const isWanted = ({name}: {name: string}) => name.startsWith('tfconfig/') || name === LOCK_FILE;
    const entries = unzipSync(plan, {filter: isWanted});
    const text = Buffer.from(entries['tfconfig/modules.json'] ?? []).toString();
    /** With the content of their files by name: terraform's own files and nothing else. */
    const modules = parseModules(JSON.parse(text)).map((module) => {
      const folder = `tfconfig/m-${module.Key}/`;
      const files = Object.entries(entries)
        .filter(([path]) => path.startsWith(folder) && isFileName(path.slice(folder.length)))
        .map(([path, content]) => [path.slice(folder.length), content] as const);
      return {...module, files: new Map(files)};
    });
    // Terraform writes a lock file of its own where the folder has none.
    return {modules, lock: entries[LOCK_FILE]};
  } catch {
    return undefined;
  }
}

/** Put the planned configuration in the place of what lies in the folders now: that is what terraform applies. */
export function overlayPlan(
  planned: Planned,
  outside: Outside,
  staging: Staging,
  copied: CopiedFiles,
): Omit<Copied, 'rootPath'> {
  const {files, folders} = laidOut(planned, outside);
  const unplanned = (path: string) =>
    isConfiguration(basename(path)) && folders.has(dirname(path)) && !files.has(path);
  const fresh = new Set(copied.fresh);
  let differs = false;
  const entries = copied.entries.filter((entry) => {
    const content = files.get(entry.path)?.content;
    const hash = content && createHash('sha256').update(content).digest('hex');
    const same = hash !== undefined && 'sha256' in entry && entry.sha256 === hash;
    if (same || (content === undefined && !unplanned(entry.path))) return true;
    rmSync(join(staging.version, entry.path), {force: true});
    fresh.delete(join(staging.version, entry.path));
    differs ||= basename(entry.path) !== LOCK_FILE;
    return false;
  });
  const left = new Set(entries.map(({path}) => path));
  for (const [name, {content, path}] of files) {
    if (left.has(name)) continue;
    entries.push(writeStored(staging.version, name, content, 0o644));
    fresh.add(join(staging.version, name));
    // A file that is not kept (`.cloudtmignore`) may well be there.
    differs ||= path !== undefined && readIfRegular(path)?.equals(content) !== true;
  }
  return {entries, skipped: copied.skipped, fresh: [...fresh], differs};
}

/** What a plan's files hold, by where they belong in a version; `path` says where they are found in the project. */
function laidOut({modules, lock}: Planned, outside: Outside) {
  const files = new Map<string, {readonly content: Uint8Array; readonly path?: string}>();
  /** Folders of modules: what else of configuration lies there was not planned. */
  const folders = new Set<string>();
  for (const module of modules) {
    const from = outside.folderOf(module);
    const folder = from === undefined ? undefined : outside.place(from);
    if (from === undefined || folder === undefined) continue;
    folders.add(folder);
    for (const [name, content] of module.files)
      files.set(`${folder}/${name}`, {content, path: join(from, name)});
  }
  if (lock !== undefined) files.set(`${CONFIGS}/${LOCK_FILE}`, {content: lock});
  return {files, folders};
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}
