import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fieldsOf, readJson, type JsonRead} from './disk.js';
import {CONFIGS, STATE_FILE, versionNumber, workspaceOf, workspacesFolder, type Layout} from './layout.js';
import {readMeta} from './manifest.js';
import type {Meta} from './version.js';
import {codeOf, UserError} from '../errors.js';

/** A version that is whole as far as a reader can tell. */
export interface Version {
  readonly number: number;
  readonly name: string;
  readonly meta: Meta;
}

/** A version of which something is missing or unreadable. */
export type Damaged = Omit<Version, 'meta'> & {readonly reason: string};

type Note = Pick<Damaged, 'reason'> & {readonly path: string};

/** Everything a tree of the store holds, newest first. */
export interface History {
  readonly versions: readonly Version[];
  readonly damaged: readonly Damaged[];
  /** The newest version and whether its state holds resources; `undefined` before the first one. */
  readonly current: {readonly name: string; readonly status: boolean} | undefined;
  /** The version an isolated rollback brought back; empty while there is none. */
  readonly rollback: string;
  /** Files of the store itself that could not be read, with the reason. */
  readonly notes: readonly Note[];
}

/**
 * Read what the store holds without changing it. A store that does not exist is an empty one.
 *
 * @throws UserError `store-unreadable`; `store-newer` when a later cloudtm wrote it: misreading it would be worse than refusing.
 */
export function readHistory(layout: Layout): History {
  try {
    readdirSync(layout.store);
  } catch (error) {
    const code = codeOf(error);
    // An unreadable store must not look like an empty one.
    if (code !== 'ENOENT')
      throw new UserError({kind: 'store-unreadable', path: layout.store, code}, {cause: error});
  }
  const notes: Note[] = [];
  const all = versionNumbers(layout).map((number) => readVersion(layout, number));
  const versions = all.filter((version) => 'meta' in version);
  return {
    versions,
    damaged: all.filter((version) => 'reason' in version),
    notes,
    current: readCurrent(layout, versions, notes),
    rollback: activeRollback(layout, notes),
  };
}

/** Numbers that are in use in any way, newest first: a folder, a metadata file, or both. */
export function versionNumbers(layout: Layout): number[] {
  const files = listFolder(layout.meta).filter((name) => name.endsWith('.json'));
  const names = [...listFolder(layout.versions), ...files.map((name) => name.slice(0, -'.json'.length))];
  const numbers = names.map(versionNumber).filter((number) => number !== undefined);
  return [...new Set(numbers)].sort((a, b) => b - a);
}

/** The last state that was kept, to compare with and to point a user there. */
export type CurrentState = Readonly<NonNullable<ReturnType<typeof currentState>>>;

/** The newest version that holds a state; undefined when there is none. Reads no more versions than it must. */
export function currentState(layout: Layout) {
  for (const number of versionNumbers(layout)) {
    const newest = readVersion(layout, number);
    if ('reason' in newest || newest.meta.state === null) continue;
    return {
      number,
      version: newest.name,
      /** The file of its state. */
      path: join(layout.version(number), CONFIGS, STATE_FILE),
      /** Whether anything is deployed. */
      status: readCurrent(layout, [newest], [])?.status ?? true,
      /** Of the state; undefined where the version does not tell, or holds none. */
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
export function activeRollback(layout: Layout, notes: Note[] = []): string {
  const read = readJson(layout.rollback);
  const {rollback} = fieldsOf(read);
  if (typeof rollback === 'string') return rollback;
  if (read.kind !== 'missing') notes.push({path: layout.rollback, reason: faultOf(read, '"rollback"')});
  return '';
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
export function resolveVersion({versions, damaged}: History, name: string): Version {
  const tagged = versions.find(({meta}) => meta.tags?.includes(name));
  if (tagged !== undefined) return tagged;
  const number = versionNumber(/^[0-9]+$/.test(name) ? `v${name}` : name);
  const hurt = damaged.find((version) => version.number === number);
  if (hurt !== undefined)
    throw new UserError({kind: 'version-damaged', version: hurt.name, reason: hurt.reason});
  const isWanted = matcherOf(name, number);
  if (isWanted === undefined) throw new UserError({kind: 'bad-version-name', name});
  const found = versions.find(isWanted);
  if (found !== undefined) return found;
  if (versions.length === 0) throw new UserError({kind: 'no-versions'});
  throw new UserError({kind: 'version-not-found', name, available: versions.map((each) => each.name)});
}

/** Undefined for what is no name. */
function matcherOf(name: string, number: number | undefined) {
  if (number !== undefined) return (version: Version) => version.number === number;
  if (name === 'last-good') return succeeded;
  const [, back] = /^~([0-9]{1,6})$/.exec(name.replace(/^latest$/, '~0').replace(/^previous$/, '~1')) ?? [];
  return back === undefined ? undefined : (_: Version, at: number) => at === Number(back);
}

function readCurrent(layout: Layout, [newest]: readonly Version[], notes: Note[]): History['current'] {
  const read = readJson(layout.current);
  const {current, status} = fieldsOf(read);
  const derived = newest && {name: newest.name, status: (newest.meta.state?.resources ?? 1) > 0};
  if (typeof current === 'string' && typeof status === 'boolean') {
    // A crash between the rename and this file leaves it one behind.
    const isBehind = newest !== undefined && (versionNumber(current) ?? 0) < newest.number;
    return current === '' || isBehind ? derived : {name: current, status};
  }
  if (read.kind !== 'missing' || newest !== undefined)
    notes.push({path: layout.current, reason: faultOf(read, '"current" and "status"')});
  return derived;
}

/** @param fields What it has to have. */
function faultOf(read: JsonRead, fields: string): string {
  return read.kind === 'read' ? `lacks ${fields}` : read.kind === 'damaged' ? read.reason : 'missing';
}

function succeeded({meta}: Version): boolean {
  // What was there before something was brought back is no success of anything.
  const isCopy = meta.operation?.startsWith('before-') === true;
  return !isCopy && (meta.outcome === undefined || meta.outcome === 'succeeded');
}
