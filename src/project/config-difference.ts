import {isUtf8} from 'node:buffer';
import {codeOf, UserError} from '../errors.js';
import type {ConfigFile, Configuration} from './configuration.js';
import {changedLines} from '../changed-lines.js';

/** How a file or link of the configuration differs. */
export interface FileDifference {
  /** From the root module: `main.tf`, `../modules/a/main.tf`. */
  readonly path: string;
  /** `unknown` where one of the two could not be read. */
  readonly action: 'added' | 'changed' | 'removed' | 'unknown';
  /** Of texts: as in a unified diff, without the file names. Empty when the content is the same. */
  readonly lines?: readonly string[];
  /** Why the content is not shown. */
  readonly unshown?: 'binary' | 'large' | 'state';
  /** Where a link leads; `before` or `after` is missing where there was a file, or nothing. */
  readonly links?: {readonly before?: string; readonly after?: string};
  /** Whether it can be executed now, where that changed. */
  readonly executable?: boolean;
  /** Of `unknown`. */
  readonly reason?: string;
}

/** What lies between two configurations. */
export type ConfigDifference = Readonly<ReturnType<typeof compareConfigurations>>;

/** Larger files (bytes) are compared and not shown: matching their lines takes minutes. */
const MOST_SHOWN = 2 << 20;
/** How much of a file (bytes) is searched for a NUL, which no text has; git's rule. */
const HEAD = 8_000;

type RegularFile = Extract<ConfigFile, {kind: 'file'}>;

/** Compare two configurations file by file. @throws UserError `version-damaged`, also from the iteration. */
export function compareConfigurations(before: Configuration, after: Configuration) {
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])].sort();
  const differing = paths.filter((path) =>
    readable(
      () => !isSame(before.files.get(path), after.files.get(path)),
      () => true,
    ),
  );
  return {
    size: differing.length,
    /** In the order of the paths, made one by one, since each may hold much; a renamed file is one removed and one added. */
    files: function* () {
      for (const path of differing) yield differenceAt(path, before, after);
    },
  };
}

function differenceAt(path: string, before: Configuration, after: Configuration): FileDifference {
  const [was, is] = [before.files.get(path), after.files.get(path)];
  const unknown = (reason: string): FileDifference => ({path, action: 'unknown', reason});
  const without = was === undefined ? before : is === undefined ? after : undefined;
  const reason = without && whyMissing(without, path);
  return reason === undefined ? readable(() => difference(path, was, is), unknown) : unknown(reason);
}

/** A file of the project may vanish while it is compared. What a version kept must be whole. */
function readable<T>(compare: () => T, otherwise: (reason: string) => T): T {
  try {
    return compare();
  } catch (error) {
    if (error instanceof UserError) throw error;
    return otherwise(codeOf(error));
  }
}

/** Why a file may be missing that was there: it, or a folder above it, could not be read. */
function whyMissing({skipped}: Configuration, path: string): string | undefined {
  return [...skipped].find(([left]) => left === '.' || `${path}/`.startsWith(`${left}/`))?.[1];
}

function isSame(before: ConfigFile | undefined, after: ConfigFile | undefined): boolean {
  if (before?.kind === 'link' && after?.kind === 'link') return before.target === after.target;
  if (before?.kind !== 'file' || after?.kind !== 'file') return false;
  return modeChange(before, after) === undefined && hasSameContent(before, after);
}

function hasSameContent(before: RegularFile, after: RegularFile): boolean {
  if (before.size !== after.size) return false;
  return (before.statKey !== undefined && before.statKey === after.statKey) || before.hash() === after.hash();
}

/** Whether the file can be executed now, if that changed. */
function modeChange(before: RegularFile | undefined, after: RegularFile | undefined): boolean | undefined {
  const [was, is] = [before?.isExecutable, after?.isExecutable];
  return was === undefined || is === undefined || was === is ? undefined : is;
}

function difference(
  path: string,
  before: ConfigFile | undefined,
  after: ConfigFile | undefined,
): FileDifference {
  const action = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  if (before?.kind === 'link' || after?.kind === 'link') {
    const [was, is] = [before, after].map((file) => (file?.kind === 'link' ? file.target : undefined));
    const links = {...(was !== undefined && {before: was}), ...(is !== undefined && {after: is})};
    return {path, action, links};
  }
  const executable = modeChange(before, after);
  const content = contentChange(path, before, after);
  return {path, action, ...content, ...(executable !== undefined && {executable})};
}

function contentChange(
  path: string,
  before: RegularFile | undefined,
  after: RegularFile | undefined,
): Pick<FileDifference, 'lines' | 'unshown'> {
  if (before !== undefined && after !== undefined && hasSameContent(before, after)) return {lines: []};
  if (Math.max(before?.size ?? 0, after?.size ?? 0) > MOST_SHOWN) return {unshown: 'large'};
  const [was, is] = [before, after].map((file) => file?.content() ?? Buffer.alloc(0)) as [Buffer, Buffer];
  // The state of another root module: secrets in it are not searched for here.
  if (/\.tfstate(\.|$)/.test(path)) return {unshown: 'state'};
  if (!isText(was) || !isText(is)) return {unshown: 'binary'};
  return {lines: changedLines(was.toString(), is.toString())};
}

function isText(content: Buffer): boolean {
  return isUtf8(content) && !content.subarray(0, HEAD).includes(0);
}
