import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {readJson} from './disk.js';
import {CONFIGS, STATE_FILE, versionNumber, workspaceOf, workspacesFolder, type Layout} from './layout.js';
import {readMeta} from './meta.js';
import type {Meta} from './version.js';
import {codeOf, UserError} from '../errors.js';

/** A version that is whole as far as a reader can tell. */
export interface Version {
  readonly number: number;
  readonly name: string;
  readonly meta: Meta;
}

/** A version of which something is missing or unreadable. */
export interface Damaged {
  readonly number: number;
  readonly name: string;
  readonly reason: string;
}

/** Everything a tree of the store holds, newest first. */
export interface History {
  readonly versions: readonly Version[];
  readonly damaged: readonly Damaged[];
  /** The newest version and whether its state holds resources; `undefined` before the first one. */
  readonly current: {readonly name: string; readonly status: boolean} | undefined;
  /** The version an isolated rollback brought back; empty while there is none. */
  readonly rollback: string;
  /** Files of the store itself that could not be read, with the reason. */
  readonly notes: readonly {readonly path: string; readonly reason: string}[];
}

/**
 * Read what the store holds without changing it. A store that does not exist is an empty one.
 *
 * @throws UserError `store-unreadable`; `store-newer` when a later cloudtm wrote it: misreading it would be worse than refusing.
 */
export function readHistory(layout: Layout): History {
  refuseUnreadable(layout.store);
  const notes: {path: string; reason: string}[] = [];
  const versions: Version[] = [];
  const damaged: Damaged[] = [];
  for (const number of versionNumbers(layout)) {
    const version = readVersion(layout, number);
    if ('reason' in version) damaged.push(version);
    else versions.push(version);
  }
  return {
    versions,
    damaged,
    notes,
    current: readCurrent(layout, versions, notes),
    rollback: readRollback(layout, notes),
  };
}

/** Numbers that are in use in any way, newest first: a folder, a metadata file, or both. */
export function versionNumbers(layout: Layout): number[] {
  const numbers = new Set<number>();
  for (const name of listFolder(layout.versions)) numbers.add(versionNumber(name) ?? 0);
  for (const name of listFolder(layout.meta)) {
    if (name.endsWith('.json')) numbers.add(versionNumber(name.slice(0, -'.json'.length)) ?? 0);
  }
  numbers.delete(0);
  return [...numbers].sort((a, b) => b - a);
}

/** The last state that was kept, to compare with and to point a user there. */
export interface CurrentState {
  readonly number: number;
  readonly version: string;
  /** The file of its state. */
  readonly path: string;
  /** Whether anything is deployed. */
  readonly status: boolean;
  /** Of the state; undefined where the version does not tell, or holds none. */
  readonly lineage: string | undefined;
}

/**
 * The newest version that holds a state; undefined when there is none. Looks at no more versions than it must, however
 * many there are.
 */
export function currentState(layout: Layout): CurrentState | undefined {
  for (const number of versionNumbers(layout)) {
    const newest = readVersion(layout, number);
    if ('reason' in newest || newest.meta.state === null) continue;
    return {
      number,
      version: newest.name,
      path: join(layout.version(number), CONFIGS, STATE_FILE),
      status: readCurrent(layout, [newest], [])?.status ?? true,
      lineage: newest.meta.state?.lineage,
    };
  }
  return undefined;
}

/** The workspaces other than `default` that have a tree in the store, by name. */
export function workspacesIn(store: string): string[] {
  return listFolder(workspacesFolder(store))
    .map(workspaceOf)
    .filter((name) => name !== undefined)
    .sort();
}

/** The version an isolated rollback brought back; empty while there is none, or that cannot be known. */
export function activeRollback(layout: Layout): string {
  return readRollback(layout, []);
}

/** Names in a folder; none where it cannot be read. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** One version. @throws UserError `store-newer`. */
export function readVersion(layout: Layout, number: number): Version | Damaged {
  const name = `v${number}`;
  const meta = readMeta(layout, number);
  if (typeof meta === 'string') return {number, name, reason: meta};
  const folder = layout.version(number);
  return listFolder(folder).length === 0
    ? {number, name, reason: `${folder} is missing`}
    : {number, name, meta};
}

/**
 * Find the version a user names: `v2`, `2`, `latest`, `previous`, `~1` (one before the latest), `last-good` (the newest
 * that succeeded) or a tag. Nothing else is a name, so no path can be smuggled in.
 *
 * @throws UserError `bad-version-name`, `version-not-found`, `version-damaged`, `no-versions`.
 */
export function resolveVersion(history: History, name: string): Version {
  const {versions, damaged} = history;
  const tagged = versions.find(({meta}) => meta.tags?.includes(name));
  if (tagged !== undefined) return tagged;
  const number = versionNumber(/^[0-9]+$/.test(name) ? `v${name}` : name);
  if (number !== undefined) {
    const hurt = damaged.find((version) => version.number === number);
    if (hurt !== undefined)
      throw new UserError({kind: 'version-damaged', version: hurt.name, reason: hurt.reason});
    return versions.find((version) => version.number === number) ?? missing(history, name);
  }
  const back = /^~([0-9]{1,6})$/.exec(name)?.[1];
  if (name === 'latest') return versions[0] ?? missing(history, name);
  if (name === 'previous') return versions[1] ?? missing(history, name);
  if (back !== undefined) return versions[Number(back)] ?? missing(history, name);
  if (name === 'last-good') return versions.find(succeeded) ?? missing(history, name);
  throw new UserError({kind: 'bad-version-name', name});
}

function readCurrent(
  layout: Layout,
  versions: readonly Version[],
  notes: {path: string; reason: string}[],
): {readonly name: string; readonly status: boolean} | undefined {
  const newest = versions[0];
  const read = readJson(layout.current);
  if (read.kind === 'read') {
    const value = read.value as {current?: unknown; status?: unknown} | null;
    if (typeof value?.current === 'string' && typeof value.status === 'boolean') {
      if (value.current === '') return newest && derivedCurrent(newest);
      const pointed = versionNumber(value.current) ?? 0;
      // A crash between the rename and this file leaves it one behind.
      if (newest !== undefined && pointed < newest.number) return derivedCurrent(newest);
      return {name: value.current, status: value.status};
    }
    notes.push({path: layout.current, reason: 'lacks "current" and "status"'});
  } else if (read.kind === 'damaged' || newest !== undefined) {
    notes.push({path: layout.current, reason: read.kind === 'damaged' ? read.reason : 'missing'});
  }
  return newest && derivedCurrent(newest);
}

function derivedCurrent(newest: Version) {
  return {name: newest.name, status: (newest.meta.state?.resources ?? 1) > 0};
}

function readRollback(layout: Layout, notes: {path: string; reason: string}[]): string {
  const read = readJson(layout.rollback);
  if (read.kind === 'missing') return '';
  const value = read.kind === 'read' ? (read.value as {rollback?: unknown} | null)?.rollback : undefined;
  if (typeof value === 'string') return value;
  notes.push({path: layout.rollback, reason: read.kind === 'damaged' ? read.reason : 'lacks "rollback"'});
  return '';
}

/** An unreadable store must not look like an empty one. */
function refuseUnreadable(store: string): void {
  try {
    readdirSync(store);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT') throw new UserError({kind: 'store-unreadable', path: store, code}, {cause: error});
  }
}

function succeeded({meta}: Version): boolean {
  // What was there before something was brought back is no success of anything.
  const isCopy = meta.operation?.startsWith('before-') === true;
  return !isCopy && (meta.outcome === undefined || meta.outcome === 'succeeded');
}

function missing({versions}: History, name: string): never {
  if (versions.length === 0) throw new UserError({kind: 'no-versions'});
  throw new UserError({kind: 'version-not-found', name, available: versions.map((version) => version.name)});
}
