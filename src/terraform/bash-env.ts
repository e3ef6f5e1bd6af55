import {isSameFile} from '../regular-file.js';
import {isLossy, type RawBytes} from './raw-bytes.js';

/** An environment in the three parts by which it passes through a bash unchanged. */
export interface DividedEnv {
  /** What bash gets as its own environment and hands on untouched. */
  readonly shellEnv: NodeJS.ProcessEnv;
  /** Entries `NAME=value` for its `export`. */
  readonly exported: readonly Buffer[];
  /** Options and entries for env(1), which bash then runs instead of the program; empty when not needed. */
  readonly aside: readonly (string | Buffer)[];
}

/** What bash changes or drops of an environment it is only to hand on (bash 3.2 to 5.2, `-p`), or speaks about. */
const BASH_OWN =
  /^(?:BASH(?!_FUNC_).*|SHELLOPTS|IFS|LINENO|OPT(?:ERR|IND)|PS[124]|PPID|S?RANDOM|EPOCH.*|HISTCMD|COMP_WORDBREAKS|_)$/;

/**
 * Part the environment.
 *
 * @param world.cwd The folder bash will start in.
 * @param world.raw The bytes behind strings that Node damaged; undefined when there are none.
 * @param world.hasEnvTool Whether env(1) can be used. Without it bash's changes stay.
 */
export function divideEnv(
  env: Readonly<NodeJS.ProcessEnv>,
  {cwd, raw, hasEnvTool}: {cwd: string; raw: RawBytes | undefined; hasEnvTool: boolean},
): DividedEnv {
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
