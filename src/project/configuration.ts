import {createHash} from 'node:crypto';
import {closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, readSync} from 'node:fs';
import {posix} from 'node:path';
import {codeOf} from '../errors.js';
import {statKey, type Source} from '../store/copy.js';
import {isConfiguration, keptFiles, readKeptFile, type KeptFile} from '../store/kept-version.js';
import {CONFIGS, OUTSIDE, type Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';
import {notConfiguration} from './config-files.js';
import type {Place} from './place.js';
import {findSources} from './sources.js';

/** A file or a link of a configuration, wherever it lies. */
export type ConfigFile =
  | {readonly kind: 'link'; readonly target: string}
  | {
      readonly kind: 'file';
      readonly size: number;
      /** Undefined of a version of the original tool. */
      readonly isExecutable: boolean | undefined;
      /** Files with the same key have the same content; of a kept file it is what it was in the project, where that is known. */
      readonly statKey: string | undefined;
      /** The checksum; the file is read where it is not known. @throws what `content` throws. */
      readonly hash: () => string;
      /** All of it. @throws UserError `version-damaged` of a kept one; the system's error of one in the project. */
      readonly content: () => Buffer;
    };

/** The configuration of a version, or of the project as it is now. */
export interface Configuration {
  /** By their paths from the root module: `main.tf`, `../modules/a/main.tf`. */
  readonly files: ReadonlyMap<string, ConfigFile>;
  /** What could not be kept or read, by path, with the reason. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** What a version has. @throws UserError `version-damaged`. */
export function keptConfiguration(layout: Layout, version: Version): Configuration {
  const {files, rootPath, skipped} = keptFiles(layout, version);
  const config = files.filter(isConfiguration);
  return {
    files: new Map(config.map((file) => [fromRoot(file.path, rootPath), keptFile(layout, version, file)])),
    skipped: new Map(skipped.map(({path, reason}) => [fromRoot(path, rootPath), reason])),
  };
}

/** What a version made now would have. */
export async function presentConfiguration(place: Place): Promise<Configuration> {
  const {outside, sources, skipped} = await findSources(place);
  const files = new Map<string, ConfigFile>();
  const left = new Map<string, string>();
  const pathOf = ({path}: {path: string}) => fromRoot(path, outside.rootPath);
  for (const source of sources) {
    const read = presentFile(source);
    if (typeof read === 'string') left.set(pathOf(source), read);
    else if (read !== undefined) files.set(pathOf(source), read);
  }
  for (const file of skipped) left.set(pathOf(file), file.reason);
  return {files, skipped: left};
}

/** The path of a file as the root module sees it, whatever lies beside that in the version. */
function fromRoot(path: string, rootPath: string): string {
  if (path.startsWith(`${CONFIGS}/`)) return path.slice(CONFIGS.length + 1);
  return path.startsWith(`${OUTSIDE}/`) ? posix.relative(rootPath, path.slice(OUTSIDE.length + 1)) : path;
}

function keptFile(layout: Layout, version: Version, file: KeptFile): ConfigFile {
  if ('link' in file) return {kind: 'link', target: file.link};
  const content = () => readKeptFile(layout, version, file);
  return {
    kind: 'file',
    size: file.size,
    isExecutable: file.mode === undefined ? undefined : (Number.parseInt(file.mode, 8) & 0o100) !== 0,
    statKey: file.seen,
    hash: () => file.sha256 ?? createHash('sha256').update(content()).digest('hex'),
    content,
  };
}

/** Undefined for what vanished meanwhile or is never kept; a text says why it cannot be read. */
function presentFile({from, stats}: Source): ConfigFile | string | undefined {
  try {
    if (stats.isSymbolicLink()) return {kind: 'link', target: readlinkSync(from)};
    if (withFile(from, isNotKept)) return undefined;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : codeOf(error);
  }
  return {
    kind: 'file',
    size: stats.size,
    isExecutable: (stats.mode & 0o100) !== 0,
    statKey: statKey(stats),
    hash: () => withFile(from, hashOf),
    content: () => withFile(from, (file) => readFileSync(file)),
  };
}

/** Not following a link and not waiting for a pipe's writer, whatever took the file's place since it was listed. */
function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile())
      throw Object.assign(new Error('no regular file'), {code: 'no regular file'});
    return use(file);
  } finally {
    closeSync(file);
  }
}

function isNotKept(file: number): boolean {
  const head = Buffer.alloc(64);
  return notConfiguration(head.subarray(0, readSync(file, head, 0, head.length, 0))) !== undefined;
}

function hashOf(file: number): string {
  const hash = createHash('sha256');
  const part = Buffer.allocUnsafe(1 << 20);
  for (let length = readSync(file, part); length > 0; length = readSync(file, part))
    hash.update(part.subarray(0, length));
  return hash.digest('hex');
}
