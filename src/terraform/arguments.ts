/** The flags cloudtm has to understand, as terraform's own flag parser (Go's `flag`) reads them. */
export interface Arguments {
  /** The last value of each flag that takes one, without dashes: `state`, `state-out`, … */
  readonly values: ReadonlyMap<string, string>;
  /** Names of all flags that occur. */
  readonly names: ReadonlySet<string>;
  /** All flags in the order they were given. */
  readonly flags: readonly Flag[];
  /** What follows the flags: a plan file, an address. */
  readonly rest: readonly string[];
}

/** One flag of a command line. */
export interface Flag {
  readonly name: string;
  /** Undefined for a flag that stands alone, like `-auto-approve`. */
  readonly value: string | undefined;
  /** As it was typed: one word or two. */
  readonly words: readonly string[];
}

/** Flags that take the next word as their value when they have none after `=`. */
const TAKES_VALUE: ReadonlySet<string> = new Set(
  (
    'backend-config backup backup-out chdir config exclude from-module generate-config-out lock-timeout out ' +
    'parallelism plugin-dir replace state state-out target var var-file'
  ).split(' '),
);

/** Flags that would lead a command to another state, to other values or to a part of the configuration. */
export const REDIRECTING_FLAGS: ReadonlySet<string> = new Set(
  (
    'chdir state state-out backup backup-out var var-file target exclude replace destroy refresh-only out ' +
    'backend backend-config migrate-state reconfigure force-copy from-module detailed-exitcode help h version v'
  ).split(' '),
);

/**
 * Read a command line as terraform does: one dash or two, `-state=X` or `-state X`, flags end at the first word that is
 * none or at `--`; the last of two equal flags counts.
 */
export function parseArguments(words: readonly string[]): Arguments {
  const flags: Flag[] = [];
  const rest = [...words];
  for (;;) {
    const [word, name, value] = /^--?([^-=][^=]*)(?:=([^]*))?$/.exec(rest[0] ?? '') ?? [];
    if (word === undefined || name === undefined) break;
    rest.shift();
    const next = value === undefined && TAKES_VALUE.has(name) ? [rest.shift() ?? ''] : [];
    flags.push({name, value: value ?? next[0], words: [word, ...next]});
  }
  if (rest[0] === '--') rest.shift();
  return {
    values: new Map(flags.flatMap(({name, value}) => (value === undefined ? [] : [[name, value] as const]))),
    names: new Set(flags.map(({name}) => name)),
    flags,
    rest,
  };
}

/** Take some flags, with their values, out of the words of a command line; what follows the flags stays. */
export function withoutFlags(words: readonly string[], names: ReadonlySet<string>): readonly string[] {
  const {flags} = parseArguments(words);
  const left = flags.filter(({name}) => !names.has(name)).flatMap((flag) => flag.words);
  return [...left, ...words.slice(flags.flatMap((flag) => flag.words).length)];
}

/** Split the assignment behind `-var` at its first `=`; undefined for one that terraform refuses. */
export function splitAssignment(assignment: string): {name: string; value: string} | undefined {
  const at = assignment.indexOf('=');
  const name = assignment.slice(0, Math.max(at, 0));
  return name === '' || name !== name.trim() ? undefined : {name, value: assignment.slice(at + 1)};
}

/**
 * The words terraform puts before the given ones: those of `TF_CLI_ARGS`, then of `TF_CLI_ARGS_apply` and its like,
 * which terraform inserts at the same place afterwards, so that they come first (terraform's main.go, mergeEnvArgs).
 *
 * @param subcommand The words of the subcommand: `['state', 'mv']` is asked for `TF_CLI_ARGS_state_mv`.
 */
export async function withEnvironment(
  words: readonly string[],
  subcommand: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<readonly string[]> {
  const own = env[`TF_CLI_ARGS_${subcommand.join('_').replaceAll('-', '_')}`] ?? '';
  const all = env.TF_CLI_ARGS ?? '';
  if (own === '' && all === '') return words;
  const {split} = await import('shlex');
  try {
    return [...split(own), ...split(all), ...words];
  } catch {
    return words; // An open quote: terraform refuses to run as well.
  }
}

/** Take values that may be secret out of a command line, for the record: `-var a=1` becomes `-var a=(redacted)`. */
export function redact(words: readonly string[]): string[] {
  return words.map((word, at) => {
    if (/^--?(?:var|backend-config)$/.test(words[at - 1] ?? '')) return hide(word);
    const [, flag, assignment = ''] = /^(--?(?:var|backend-config)=)([^]*)$/.exec(word) ?? [];
    return flag === undefined ? word : flag + hide(assignment);
  });
}

/** `-backend-config=FILE` names a file, which is no secret; everything with a value behind `=` may be one. */
function hide(assignment: string): string {
  const at = assignment.indexOf('=');
  return at === -1 ? assignment : `${assignment.slice(0, at)}=(redacted)`;
}

/** The environment without the flags terraform would take from it. */
export function withoutArguments(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^TF_CLI_ARGS(_|$)/.test(name)));
}
