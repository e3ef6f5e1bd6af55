import {join, posix} from 'node:path';
import {UserError} from '../errors.js';
import {readJson} from './disk.js';
import {FORMAT, isInside, MANIFEST, type Layout} from './layout.js';
import type {Change, Entry, LinkEntry, Manifest, Meta, Skipped} from './version.js';

/**
 * The manifest of a version. Every path in it is checked before anything follows it: none leads out of the version, or of
 * the folder it is written to.
 *
 * @returns A text says in which way it is damaged; undefined when there is none, as in a store of the original tool.
 * @throws UserError `store-newer`.
 */
export function checkManifest(layout: Layout, number: number): Manifest | string | undefined {
  const path = join(layout.version(number), MANIFEST);
  const read = readJson(path);
  if (read.kind === 'missing') return undefined;
  const value = read.kind === 'read' ? (read.value as Partial<Manifest> | null) : null;
  refuseNewer(path, value);
  if (!Array.isArray(value?.entries) || value.facts === undefined)
    return 'its manifest is missing or damaged';
  if (!value.entries.every(isEntry)) return 'its manifest names a file outside of it, or none';
  const rootPath: unknown = value.rootPath ?? '';
  if (rootPath !== '' && !isPlainPath(rootPath)) return 'its manifest names a root module outside of it';
  const skipped = Array.isArray(value.skipped) ? value.skipped.filter(isSkipped) : [];
  return {...(value as Manifest), skipped};
}

/** The same; undefined for one that is missing or damaged. @throws UserError `store-newer`. */
export function readManifest(layout: Layout, number: number): Manifest | undefined {
  const manifest = checkManifest(layout, number);
  return typeof manifest === 'string' ? undefined : manifest;
}

/**
 * The metadata of a version, without the fields that are not what this program writes: a store may come from the original
 * tool, from another program, or be edited by hand. What is left has the types it says.
 *
 * @returns A text says in which way it is damaged.
 * @throws UserError `store-newer`.
 */
export function readMeta(layout: Layout, number: number): Meta | string {
  const path = layout.metaFile(number);
  const read = readJson(path);
  if (read.kind === 'damaged') return `${path} is damaged (${read.reason})`;
  // The one rename makes a version; a crash after it can only have kept the metadata file from being written.
  const value: unknown = read.kind === 'read' ? read.value : readManifest(layout, number)?.facts;
  if (value === undefined) return `${path} is missing`;
  refuseNewer(path, value);
  if (!isMeta(value)) return `${path} lacks what a version's metadata has`;
  const checked: Record<string, unknown> = {version: `v${number}`};
  for (const [name, check] of Object.entries(CHECKS))
    if (check(value[name as keyof Meta])) checked[name] = value[name as keyof Meta];
  if (Array.isArray(checked.changes)) checked.changes = checked.changes.filter(isChange);
  return checked as unknown as Meta;
}

/** @throws UserError `store-newer` for what a later cloudtm wrote: misreading it would be worse than refusing. */
export function refuseNewer(path: string, value: unknown, known = FORMAT): void {
  const format = (value as {format?: unknown} | null | undefined)?.format;
  if (typeof format === 'number' && format > known)
    throw new UserError({kind: 'store-newer', path, format, known});
}

/** Relative, with `/`, and nothing in it that would have to be resolved. */
function isPlainPath(path: unknown): path is string {
  return typeof path === 'string' && isInside(path) && posix.normalize(path) === path && !path.endsWith('/');
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => typeof value === 'number' && value >= 0;
const oneOf = (values: readonly unknown[]) => (value: unknown) => values.includes(value);
const orMissing = (check: Check) => (value: unknown) => value === undefined || check(value);
const orNull = (check: Check) => (value: unknown) => value === null || check(value);
const listOf = (check: Check) => (value: unknown) => Array.isArray(value) && value.every(check);
const has = (fields: Readonly<Record<string, Check>>) => (value: unknown) =>
  Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown> | null)?.[name]));

const isChange = has({
  address: isText,
  action: oneOf(['added', 'changed', 'replaced', 'destroyed', 'moved'] satisfies Change['action'][]),
  from: orMissing(isText),
});

const isSkipped = has({path: isText, reason: isText}) as (value: unknown) => value is Skipped;

const isFile = has({path: isPlainPath, sha256: isText, size: isNumber, stored: orMissing(isPlainPath)});
const isLink = has({path: isPlainPath, link: isText});

function isEntry(value: unknown): value is Entry {
  return (value as Partial<LinkEntry> | null)?.link === undefined ? isFile(value) : isLink(value);
}

const isCounts = has({added: isText, changed: isText, destroyed: isText});
const isMeta = has({timestamp: isText, resources: isCounts}) as (value: unknown) => value is Meta;

const CHECKS = {
  timestamp: isText,
  resources: isCounts,
  format: isNumber,
  operation: isText,
  outcome: oneOf(['succeeded', 'failed', 'interrupted'] satisfies Meta['outcome'][]),
  workspace: isText,
  backend: isText,
  state: orNull(has({lineage: isText, serial: isNumber, sha256: isText, resources: isNumber})),
  changes: Array.isArray,
  terraform: has({product: isText, version: isText}),
  argv: listOf(isText),
  actor: has({user: isText, host: isText, ci: orMissing(isText), run: orMissing(isText)}),
  git: orNull(has({commit: isText, branch: isText, dirty: isFlag})),
  startedAt: isText,
  durationMs: isNumber,
  targeted: isFlag,
  note: isText,
  restoredFrom: isText,
  machines: listOf(has({provider: isText, id: isText, logs: orMissing(isText)})),
  tags: listOf(isText),
  pinned: isFlag,
} satisfies Partial<Record<keyof Meta, Check>>;
