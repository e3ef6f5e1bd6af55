import {existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync} from 'node:fs';
import {rename, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Copied} from './copy.js';
import {fieldsOf, FILE_MODE, linkOrCopy, makeFolder, readJson, writeSoon} from './disk.js';
import {CONFIGS, OUTSIDE, type Layout} from './layout.js';
import {isLive, ownerOf, type Liveness, type Owner} from './lease.js';
import {listFolder} from './read.js';
import type {Entry} from './version.js';

/** What a command is about to do, on disk before terraform starts: with it a command that was killed is recognised. */
export interface Intent {
  /** The process that makes the version, and terraform once it runs. */
  readonly owner: Owner;
  readonly terraform?: Owner;
  readonly operation: string;
  readonly argv: readonly string[];
  readonly targeted: boolean;
  readonly startedAt: string;
  readonly backend: string;
  /** Where the state is written; absolute, and empty when that is a backend. */
  readonly statePath: string;
  /** sha256 of the state before, in hex; null when there was none. Of a backend's it is not known yet. */
  readonly before?: string | null;
  /** How `errored.tfstate` looked before, where terraform leaves a state it cannot write; null when there was none. */
  readonly errored?: string | null;
}

/** A version being made: `staging/ID/`. */
export type Staging = Readonly<ReturnType<typeof stagingAt>>;

/** The paths of a version being made. Nothing is written. */
function stagingAt(layout: Layout, id: string) {
  const folder = join(layout.staging, id);
  const version = join(folder, 'version');
  return {
    id,
    folder,
    /** What one rename turns into `versions/vN`. */
    version,
    configs: join(version, CONFIGS),
    outside: join(version, OUTSIDE),
    before: join(folder, 'before.tfstate'),
    intent: join(folder, 'intent.json'),
    /** Written when the configuration is staged completely. */
    staged: join(folder, 'staged.json'),
  };
}

/** A name for a staging folder that no other command of this or another machine takes. */
export function stagingId(now: Date, pid: number): string {
  return `${now.getTime().toString(36)}-${pid}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Put the intent on disk: the first thing a version being made has. */
export function openStaging(layout: Layout, id: string, intent: Intent): Staging {
  const staging = stagingAt(layout, id);
  makeFolder(staging.configs);
  writeSoon(staging.intent, JSON.stringify(intent));
  return staging;
}

/** Note terraform's process, so that a version is not taken from under an apply that outlived its shim. */
export function noteTerraform(staging: Staging, intent: Intent, terraform: Owner): void {
  writeSoon(staging.intent, JSON.stringify({...intent, terraform}));
}

/** Forget what was staged, to stage anew. */
export function emptyStaging(staging: Staging): void {
  rmSync(staging.version, {recursive: true, force: true});
  makeFolder(staging.configs);
}

/** Take away what is left of a version being made. */
export function closeStaging(staging: Staging): void {
  rmSync(staging.folder, {recursive: true, force: true});
}

/** Note that the configuration is staged completely. */
export function noteStaged(staging: Staging, staged: Copied): void {
  writeSoon(staging.staged, JSON.stringify({...staged, fresh: undefined}));
}

/** What was staged; undefined when the command was killed before it had staged everything. */
export function readStaged(staging: Staging): Omit<Copied, 'fresh'> | undefined {
  const read = readJson(staging.staged);
  if (read.kind !== 'read') return undefined;
  // An earlier cloudtm noted the files only.
  return {rootPath: '', differs: false, ...(read.value as Pick<Copied, 'entries' | 'skipped'>)};
}

/** Keep the state before in case the command is killed; no bytes when there was none. */
export async function stageBefore(staging: Staging, bytes: Uint8Array): Promise<void> {
  const temporary = `${staging.before}.tmp`;
  await writeFile(temporary, bytes, {mode: FILE_MODE});
  await rename(temporary, staging.before);
}

/** The state before; undefined when the command was killed before it was saved. */
export function stagedBefore(staging: Staging): Buffer | undefined {
  return existsSync(staging.before) ? readFileSync(staging.before) : undefined;
}

/** Make a second version of what is staged: its files are links to the same content. */
export function copyStaging(
  layout: Layout,
  from: Staging,
  id: string,
  intent: Intent,
  entries: readonly Entry[],
): Staging {
  const staging = openStaging(layout, id, intent);
  for (const entry of entries) {
    const name = 'link' in entry ? entry.path : (entry.stored ?? entry.path);
    const target = join(staging.version, name);
    if ('link' in entry) {
      makeFolder(dirname(target));
      symlinkSync(entry.link, target);
    } else linkOrCopy(join(from.version, name), target);
  }
  return staging;
}

/** Whether anything at all lies in staging; the cheap question every command asks first. */
export function hasLeftovers(layout: Layout): boolean {
  return listFolder(layout.staging).some((name) => !name.startsWith('.'));
}

/**
 * Claim what dead commands left, each for exactly one claimant: the rename of its folder decides.
 *
 * What belongs to a living command, or to a terraform that outlived its shim, is left alone.
 *
 * @returns Without the intent where even that was not written to the end: then terraform had not been started.
 */
export function claimLeftovers(layout: Layout, claimant: string, liveness: Liveness) {
  const claimed: {readonly staging: Staging; readonly intent: Intent | undefined}[] = [];
  for (const id of listFolder(layout.staging)) {
    if (id.startsWith('.')) continue;
    const found = stagingAt(layout, id);
    const intent = readIntent(found);
    const mine = stagingAt(layout, `${claimant}.${claimed.length}`);
    try {
      if (isBusy(found, intent, liveness)) continue;
      renameSync(found.folder, mine.folder);
    } catch {
      continue; // Gone meanwhile, or another one was faster.
    }
    if (intent !== undefined) {
      const owner = ownerOf(pidOf(claimant), liveness.now());
      writeSoon(mine.intent, JSON.stringify({...intent, owner, terraform: undefined}));
    }
    claimed.push({staging: mine, intent});
  }
  return claimed;
}

function readIntent(staging: Staging): Intent | undefined {
  const intent: Partial<Intent> = fieldsOf(readJson(staging.intent));
  const isWhole = typeof intent.owner?.pid === 'number' && typeof intent.statePath === 'string';
  return isWhole ? (intent as Intent) : undefined;
}

function isBusy(staging: Staging, intent: Intent | undefined, liveness: Liveness): boolean {
  const touched = statSync(intent === undefined ? staging.folder : staging.intent).mtime;
  // The moment between making the folder and writing the intent; the folder's name tells the process.
  const owner = intent?.owner ?? ownerOf(pidOf(staging.id), touched);
  return [owner, intent?.terraform].some((each) => each !== undefined && isLive(each, touched, liveness));
}

function pidOf(id: string): number {
  return Number(/^[^-]+-([0-9]+)-/.exec(id)?.[1] ?? 0);
}
