import {createHash} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import type {Copied} from '../store/copy.js';
import {FILE_MODE, makeFolder, STORED_MODE} from '../store/disk.js';
import {CONFIGS} from '../store/layout.js';
import type {Staging} from '../store/staging.js';
import {savedPlan} from './config-files.js';

/** The configuration a saved plan was made from. */
interface Planned {
  /** Content by path relative to the root module, with `/`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Folders of modules, `.` for the root's: what else of configuration lies there was not planned. */
  readonly folders: ReadonlySet<string>;
}

const LOCK_FILE = '.terraform.lock.hcl';

/**
 * Read the configuration out of a saved plan: a zip with `tfconfig/m-KEY/` for each module, `tfconfig/modules.json` that
 * names their folders, and the lock file (terraform's planfile and configload packages). Modules outside of the root
 * module or below `.terraform/` are left out.
 *
 * @returns undefined when the file is no saved plan.
 */
export async function readPlan(path: string): Promise<Planned | undefined> {
  const bytes = readRegular(path);
  if (bytes === undefined || savedPlan(bytes) === undefined) return undefined;
  const {unzipSync} = await import('fflate');
  const entries = unzipSync(bytes, {filter: ({name}) => name.startsWith('tfconfig/') || name === LOCK_FILE});
  const modules = JSON.parse(Buffer.from(entries['tfconfig/modules.json'] ?? []).toString()) as Module[];
  const folders = new Map(
    modules.filter(isInside).map(({Key, Dir}) => [`tfconfig/m-${Key}`, normalize(Dir)]),
  );
  const files = new Map<string, Uint8Array>();
  for (const [name, content] of Object.entries(entries)) {
    const folder = name === LOCK_FILE ? '.' : folders.get(dirname(name));
    if (folder !== undefined) files.set(join(folder, name.slice(name.lastIndexOf('/') + 1)), content);
  }
  return {files, folders: new Set(folders.values())};
}

/** Put the planned configuration in the place of what lies in the folder now: that is what terraform applies. */
export function overlayPlan(planned: Planned, staging: Staging, copied: Copied): Copied {
  const unplanned = (path: string) =>
    /\.(tf|tofu)(\.json)?$/.test(path) && planned.folders.has(dirname(path)) && !planned.files.has(path);
  const fresh = new Set(copied.fresh);
  const entries = copied.entries.filter((entry) => {
    const path = entry.path.slice(CONFIGS.length + 1);
    const content = planned.files.get(path);
    const same = content !== undefined && 'sha256' in entry && entry.sha256 === sha256(content);
    if (same || (content === undefined && !unplanned(path))) return true;
    rmSync(join(staging.version, entry.path), {force: true});
    fresh.delete(join(staging.version, entry.path));
    return false;
  });
  const left = new Set(entries.map(({path}) => path));
  for (const [path, content] of planned.files) {
    const name = `${CONFIGS}/${path}`;
    if (left.has(name)) continue;
    const file = join(staging.version, name);
    makeFolder(dirname(file));
    writeFileSync(file, content, {mode: FILE_MODE, flag: 'wx'});
    chmodSync(file, STORED_MODE);
    fresh.add(file);
    entries.push({path: name, size: content.length, mode: '0644', sha256: sha256(content)});
  }
  return {entries, skipped: copied.skipped, fresh: [...fresh]};
}

interface Module {
  readonly Key: string;
  readonly Dir: string;
}

function isInside({Dir}: Module): boolean {
  const folder = normalize(Dir);
  return !folder.startsWith('..') && !folder.startsWith('/') && !folder.split('/').includes('.terraform');
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function readRegular(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    return fstatSync(file).isFile() ? readFileSync(file) : undefined;
  } finally {
    closeSync(file);
  }
}
