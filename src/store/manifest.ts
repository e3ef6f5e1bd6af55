import {join, posix} from 'node:path';
import {UserError} from '../errors.js';
import {readJson} from './disk.js';
import {FORMAT, isInside, MANIFEST, type Layout} from './layout.js';
import type {Entry, Manifest, Skipped} from './version.js';

/** A version's manifest; `missing` in a store of the original tool. */
export type ManifestRead =
  | {readonly kind: 'read'; readonly manifest: Manifest}
  | {readonly kind: 'missing'}
  | {readonly kind: 'damaged'; readonly reason: string};

/**
 * The manifest of a version. Every path in it is checked before anything follows it: none leads out of the version, or of
 * the folder it is written to.
 *
 * @throws UserError `store-newer`.
 */
export function readManifestOf(layout: Layout, number: number): ManifestRead {
  const path = join(layout.version(number), MANIFEST);
  const read = readJson(path);
  if (read.kind === 'missing') return read;
  const value = read.kind === 'read' ? (read.value as Partial<Manifest> | null) : null;
  refuseNewer(path, value);
  if (!Array.isArray(value?.entries) || value.facts === undefined)
    return {kind: 'damaged', reason: 'its manifest is missing or damaged'};
  if (!value.entries.every(isEntry))
    return {kind: 'damaged', reason: 'its manifest names a file outside of it, or none'};
  const rootPath: unknown = value.rootPath ?? '';
  if (rootPath !== '' && !isPlainPath(rootPath))
    return {kind: 'damaged', reason: 'its manifest names a root module outside of it'};
  const skipped = Array.isArray(value.skipped) ? value.skipped.filter(isSkipped) : [];
  return {kind: 'read', manifest: {...(value as Manifest), skipped}};
}

/** The same; undefined for one that is missing or damaged. @throws UserError `store-newer`. */
export function readManifest(layout: Layout, number: number): Manifest | undefined {
  const read = readManifestOf(layout, number);
  return read.kind === 'read' ? read.manifest : undefined;
}

/** @throws UserError `store-newer` for what a later cloudtm wrote: misreading it would be worse than refusing. */
export function refuseNewer(path: string, value: unknown, known = FORMAT): void {
  const format = (value as {format?: unknown} | null | undefined)?.format;
  if (typeof format === 'number' && format > known)
    throw new UserError({kind: 'store-newer', path, format, known});
}

function isEntry(value: unknown): value is Entry {
  const {path, sha256, size, stored, link} = (value ?? {}) as Record<string, unknown>;
  if (!isPlainPath(path)) return false;
  if (link !== undefined) return typeof link === 'string';
  const isStored = stored === undefined || isPlainPath(stored);
  return typeof sha256 === 'string' && typeof size === 'number' && isStored;
}

function isSkipped(value: unknown): value is Skipped {
  const {path, reason} = (value ?? {}) as Record<string, unknown>;
  return typeof path === 'string' && typeof reason === 'string';
}

/** Relative, with `/`, and nothing in it that would have to be resolved. */
function isPlainPath(path: unknown): path is string {
  return typeof path === 'string' && isInside(path) && posix.normalize(path) === path && !path.endsWith('/');
}
