import {fstatSync} from 'node:fs';
import {constants} from 'node:os';
import {delimiter, isAbsolute, join} from 'node:path';
import type {Launch} from '../context.js';
import {isExecutable, isSameFile, readIfRegular} from '../regular-file.js';
import {isLossy, type RawBytes, readRawBytes} from './raw-bytes.js';

/** What bash changes or drops of an environment it is only to hand on (bash 3.2 to 5.2, `-p`), or speaks about. */
const BASH_OWN =
  /^(?:BASH(?!_FUNC_).*|SHELLOPTS|IFS|LINENO|OPT(?:ERR|IND)|PS[124]|PPID|S?RANDOM|EPOCH.*|HISTCMD|COMP_WORDBREAKS|_)$/;

/** A program to start, and the circumstances of our own start that it must find again. */
export interface StartRequest {
  /** Absolute path of the real terraform. */
  readonly program: string;
  /** Its arguments, handed over byte for byte, also where they are not UTF-8. */
  readonly argv: readonly string[];
  /** Its whole environment, with the same promise. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The folder to run in; ours when left out. */
  readonly cwd?: string;
  readonly launch: Pick<Launch, 'ignoredSignals' | 'openFiles' | 'descriptors'>;
}

/** What to spawn. */
export interface Start {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: readonly ('inherit' | 'ignore' | 'pipe' | number)[];
  /** What to write to one of the descriptors, at once and whole. */
  readonly words?: {readonly descriptor: number; readonly bytes: Buffer};
}

/**
 * Decide how to start `request.program` so that nothing of its start shows that Node stands before it.
 *
 * Mostly that is a plain spawn. What Node or libuv took away (ignored signals, the soft limit of open files, bytes
 * that are no UTF-8) needs a shell that gives it back and becomes the program, same pid: about 1 ms more. Without a
 * bash it is a plain spawn always: a terraform that runs is worth more. The same for a program that cannot be
 * started, whose failure is then seen by the spawn. Never throws.
 */
export function planStart(request: StartRequest, readRaw: () => RawBytes | undefined = readRawBytes): Start {
  const {program, argv, env, launch} = request;
  const stdio = stdioWith(launch.descriptors);
  const plain = {file: program, args: argv, env, stdio};
  const restore = restoring(launch);
  const raw = withLosses(request, readRaw());
  if (!restore && !raw) return plain;
  const bash = firstRunnable(
    ['/bin', '/usr/bin', '/usr/local/bin', ...(env.PATH ?? '').split(delimiter)],
    'bash',
  );
  if (!bash || !isExecutable(program)) return plain;

  // env(1) takes `a=b/terraform` for a variable. Then what bash changes stays changed.
  const envTool = program.includes('=') ? undefined : firstRunnable(['/usr/bin', '/bin'], 'env');
  const {shellEnv, exported, aside} = divideEnv(request, raw, envTool !== undefined);
  const command = [...(envTool && aside.length > 0 ? [envTool, ...aside] : []), program];
  // --norc: bash takes a socket as stdin, which is what Node's pipes are, for rshd's and reads ~/.bashrc.
  const shell = ['--norc', '-p', '-c'];
  if (!raw) {
    const args = [...shell, `${restore}exec "$0" "$@"`, ...command.map(String), ...argv];
    return {...plain, file: bash, args, env: shellEnv};
  }
  const gap = stdio.indexOf('ignore');
  const descriptor = gap < 0 ? stdio.length : gap;
  const words = [...command, ...raw.words(argv)];
  const bytes = [...exported, '', ...words].map((word) => Buffer.concat([Buffer.from(word), Buffer.of(0)]));
  return {
    file: bash,
    args: [...shell, restore + reading(descriptor, words.length)],
    env: shellEnv,
    stdio: Object.assign([...stdio], {[descriptor]: 'pipe'}),
    words: {descriptor, bytes: Buffer.concat(bytes)},
  };
}

/**
 * Divide the environment so that it passes through a bash unchanged: into what bash gets as its own and hands on
 * untouched, entries `NAME=value` for its `export`, and options and entries (empty when not needed) for env(1), which bash
 * then runs instead of the program.
 *
 * @param raw The bytes behind strings that Node damaged; undefined when there are none.
 * @param hasEnvTool Whether env(1) can be used. Without it bash's changes stay.
 */
function divideEnv({env, cwd = '.'}: StartRequest, raw: RawBytes | undefined, hasEnvTool: boolean) {
  const shellEnv: NodeJS.ProcessEnv = {};
  const exported: Buffer[] = [];
  const set: (string | Buffer)[] = [...(raw?.hidden ?? [])];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (raw && isLossy(name))) continue;
    const lost = raw && isLossy(value) ? raw.entry(name, value) : undefined;
    // The words of env(1) are for all to see while it runs, so only what goes no other way.
    const isOwn = hasEnvTool && (isChangedByBash(name, value, cwd) || (raw && name === 'LC_ALL'));
    if (isOwn) set.push(lost ?? `${name}=${value}`);
    else if (!lost) shellEnv[name] = value;
    else if (/^[A-Za-z_]\w*$/.test(name)) exported.push(lost);
    else set.push(lost);
  }
  if (!hasEnvTool) return {shellEnv, exported, aside: []};
  // In a locale of many bytes a character that is cut short may swallow the NUL behind it.
  if (raw) shellEnv.LC_ALL = 'C';
  const added = ['PWD', 'SHLVL', ...(raw ? ['LC_ALL'] : [])].filter((name) => env[name] === undefined);
  const unset = added.flatMap((name) => ['-u', name]);
  return {shellEnv, exported, aside: set.length > 0 ? [...unset, '--', ...set] : unset};
}

function isChangedByBash(name: string, value: string, cwd: string): boolean {
  // It complains of a locale that is not installed.
  if (name === 'LC_ALL') return !/^(?:C|POSIX|C\.UTF-8)?$/.test(value);
  // It counts up and `exec` down again; from 999 on it says so and starts anew.
  if (name === 'SHLVL') return !/^(?:0|[1-9]\d{0,2})$/.test(value) || value === '999';
  if (name === 'PWD') return !value.startsWith('/') || !isSameFile(value, cwd);
  if (name === 'OLDPWD') return !isSameFile(value, `${value}/.`);
  return BASH_OWN.test(name);
}

/** The raw bytes if they are needed. */
function withLosses({argv, env}: StartRequest, raw: RawBytes | undefined): RawBytes | undefined {
  const isNeeded = [...argv, ...Object.values(env)].some((text) => text !== undefined && isLossy(text));
  return isNeeded || (raw && raw.hidden.length > 0) ? raw : undefined;
}

/** Shell commands that give back what Node reset or raised; empty when it changed nothing. */
function restoring({ignoredSignals, openFiles}: StartRequest['launch']): string {
  const ignored = ignoredSignals
    .filter((name) => name in constants.signals)
    .map((name) => constants.signals[name]);
  const trap = ignored.length > 0 ? `trap "" ${ignored.join(' ')}; ` : '';
  if (openFiles === undefined || !/^(?:\d+|unlimited)$/.test(openFiles)) return trap;
  const own = ownOpenFiles();
  return own === undefined || own === openFiles ? trap : `${trap}ulimit -Sn ${openFiles} 2>/dev/null; `;
}

/** Our own soft limit, which a child would inherit; undefined where the system does not tell. */
function ownOpenFiles(): string | undefined {
  const limits = readIfRegular('/proc/self/limits')?.toString('latin1') ?? '';
  return /^Max open files +(\S+)/m.exec(limits)?.[1];
}

/** Bash that reads NUL-separated words: variables up to an empty one, then the command. Cut short, it runs nothing. */
function reading(descriptor: number, count: number): string {
  const read = `IFS= read -r -d "" cloudtm_word <&${descriptor}`;
  return `while ${read} && [ -n "$cloudtm_word" ]; do export "$cloudtm_word"; done
cloudtm_words=(); while ${read}; do cloudtm_words+=("$cloudtm_word"); done; exec ${descriptor}<&-
[ "\${#cloudtm_words[@]}" -eq ${count} ] || exit 126; exec "\${cloudtm_words[@]}"`;
}

/**
 * Inherit the three standard streams and each of `descriptors` by name: libuv closes those from 3 up to the first gap
 * above 15 in its children. Gaps stay closed. One that is no longer open would make the spawn fail.
 */
function stdioWith(descriptors: readonly number[]): ('inherit' | 'ignore' | number)[] {
  const open = descriptors.filter((descriptor) => descriptor > 2 && isOpen(descriptor));
  return Array.from({length: Math.max(...open, 2) + 1}, (_, index) => {
    if (index <= 2) return 'inherit';
    return open.includes(index) ? index : 'ignore';
  });
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

function firstRunnable(folders: readonly string[], name: string): string | undefined {
  return folders
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}
