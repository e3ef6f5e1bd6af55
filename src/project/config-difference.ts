import {isUtf8} from 'node:buffer';
import {codeOf, UserError} from '../errors.js';
import type {ConfigFile, Configuration} from './configuration.js';
import {changedLines} from '../changed-lines.js';

/** How a file or link of the configuration differs. */
export interface FileDifference {
  /** From the root module: `main.tf`, `../modules/a/main.tf`. */
  readonly path: string;
  /** `unknown` where one side could not be read. */
  readonly action: 'added' | 'changed' | 'removed' | 'unknown';
  /** Of texts: as in a unified diff, without the names. Empty when the content is the same. */
  readonly lines?: readonly string[];
  /** Why the content is not shown. */
  readonly unshown?: 'binary' | 'large' | 'state';
  /** Where a link leads; missing on the side that has a file, or nothing. */
  readonly links?: {readonly before?: string; readonly after?: string};
  /** Whether it can be executed now, where that changed. */
  readonly executable?: boolean;
  /** Of `unknown`. */
  readonly reason?: string;
}

/** What lies between two configurations; made one by one, since each may hold much. */
export interface ConfigDifference {
  readonly size: number;
  /** In the order of the paths. */
  readonly files: Iterable<FileDifference>;
}

/** Larger files (bytes) are told apart and not shown: nobody reads them, and matching their lines takes minutes. */
const MOST_SHOWN = 2 << 20;
/** How much of a file is looked at for a NUL, which no text has; git's rule. */
const HEAD = 8_000;

type Pair = readonly [path: string, before: ConfigFile | undefined, after: ConfigFile | undefined];

/**
 * Compare two configurations, file by file; a file under another name is one removed and one added.
 *
 * @throws UserError `version-damaged`, also from the iteration.
 */
export function compareConfigurations(before: Configuration, after: Configuration): ConfigDifference {
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])].sort();
  const differing = paths
    .map((path): Pair => [path, before.files.get(path), after.files.get(path)])
    .flatMap(([path, was, is]): (Pair | FileDifference)[] => {
      const reason =
        was === undefined ? whyMissing(before, path) : is === undefined ? whyMissing(after, path) : undefined;
      if (reason !== undefined) return [{path, action: 'unknown', reason}];
      return readable<(Pair | FileDifference)[]>(
        path,
        () => (isSame(was, is) ? [] : [[path, was, is]]),
        (unknown) => [unknown],
      );
    });
  return {
    size: differing.length,
    files: {
      *[Symbol.iterator]() {
        for (const each of differing) {
          yield 'path' in each
            ? each
            : readable(
                each[0],
                () => difference(each),
                (unknown) => unknown,
              );
        }
      },
    },
  };
}

/** A file of the project may go while it is looked at. What a version kept must be whole. */
function readable<T>(path: string, look: () => T, otherwise: (unknown: FileDifference) => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof UserError) throw error;
    return otherwise({path, action: 'unknown', reason: codeOf(error)});
  }
}

/** Why a side may lack a file that was there: it, or a folder above it, could not be read. */
function whyMissing({skipped}: Configuration, path: string): string | undefined {
  for (const [left, reason] of skipped)
    if (left === '.' || path === left || path.startsWith(`${left}/`)) return reason;
  return undefined;
}

function isSame(before: ConfigFile | undefined, after: ConfigFile | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  if (before.kind === 'link' || after.kind === 'link')
    return before.kind === 'link' && after.kind === 'link' && before.target === after.target;
  return executableNow(before, after) === undefined && hasSameContent(before, after);
}

function hasSameContent(before: ConfigFile, after: ConfigFile): boolean {
  if (before.kind === 'link' || after.kind === 'link' || before.size !== after.size) return false;
  return (before.seen !== undefined && before.seen === after.looks) || before.hash() === after.hash();
}

function executableNow(before: ConfigFile | undefined, after: ConfigFile | undefined): boolean | undefined {
  if (before?.kind !== 'file' || after?.kind !== 'file') return undefined;
  const [was, is] = [before.isExecutable, after.isExecutable];
  return was === undefined || is === undefined || was === is ? undefined : is;
}

function difference([path, before, after]: Pair): FileDifference {
  const action = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const executable = executableNow(before, after);
  const mode = executable === undefined ? {} : {executable};
  if (before?.kind === 'link' || after?.kind === 'link') {
    return {
      path,
      action,
      links: {
        ...(before?.kind === 'link' ? {before: before.target} : {}),
        ...(after?.kind === 'link' ? {after: after.target} : {}),
      },
    };
  }
  if (before !== undefined && after !== undefined && hasSameContent(before, after))
    return {path, action, lines: [], ...mode};
  if (Math.max(before?.size ?? 0, after?.size ?? 0) > MOST_SHOWN)
    return {path, action, unshown: 'large', ...mode};
  const [was, is] = [before?.content() ?? Buffer.alloc(0), after?.content() ?? Buffer.alloc(0)];
  // The state of another root module: what is secret in it nobody looks for here.
  if (/\.tfstate(\.|$)/.test(path)) return {path, action, unshown: 'state', ...mode};
  if (!isText(was) || !isText(is)) return {path, action, unshown: 'binary', ...mode};
  return {path, action, lines: changedLines(was.toString(), is.toString()), ...mode};
}

function isText(content: Buffer): boolean {
  return isUtf8(content) && !content.subarray(0, HEAD).includes(0);
}
