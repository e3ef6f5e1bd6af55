const SINGLE = ['init', 'apply', 'destroy', 'refresh', 'import', 'taint', 'untaint'] as const;
const STATE = ['mv', 'rm', 'push', 'replace-provider'] as const;

/** A command of terraform that may change its state, or the store's reason to exist (`init`). */
export type Operation = (typeof SINGLE)[number] | `state-${(typeof STATE)[number]}` | 'workspace-delete';

/** What a command line means to cloudtm. */
export type Invocation =
  /** Terraform's alone: it cannot change state, or only prints something. */
  | {readonly kind: 'passthrough'}
  /** One of ours; `args` is what follows `tm`. */
  | {readonly kind: 'tm'; readonly chdir: string | undefined; readonly args: readonly string[]}
  | {
      readonly kind: 'intercept';
      readonly operation: Operation;
      /** The words of the command: `['state', 'mv']`. */
      readonly subcommand: readonly string[];
      readonly chdir: string | undefined;
      /** What follows these words. */
      readonly args: readonly string[];
    };

/**
 * Decide what a terraform command line means to cloudtm. The launcher decides the same in shell.
 *
 * Pure: looks only at `argv`, so every rule is a one-line test. When in doubt the answer is `passthrough`: a version that
 * was missed can be caught up, a terraform that behaved differently cannot be explained. The rules are those of
 * terraform's main.go and of the package it reads command lines with (hashicorp/cli): the command is the first word that
 * is neither empty nor a flag; help is asked for before `--` only, the version anywhere.
 *
 * @param argv Arguments after the program name, exactly as typed.
 * @returns What to do. Never throws: a wrong flag is terraform's to report.
 */
export function classify(argv: readonly string[]): Invocation {
  const at = argv.findIndex(isCommand);
  const first = argv[at];
  if (first === undefined || first === '--') return {kind: 'passthrough'};
  const chdir = chdirOf(argv);
  // Other flags in front are not ours: tm then says so, instead of working in the wrong place.
  const front = argv.slice(0, at).filter((word) => word !== '' && !word.startsWith('-chdir='));
  if (first === 'tm') return {kind: 'tm', chdir, args: [...front, ...argv.slice(at + 1)]};
  const operation = operationOf(first, argv[at + 1]);
  if (operation === undefined || onlyPrints(argv)) return {kind: 'passthrough'};
  const end = at + (operation === first ? 1 : 2);
  return {kind: 'intercept', operation, subcommand: argv.slice(at, end), chdir, args: argv.slice(end)};
}

/** A word that names the command, or ends the flags before it. */
function isCommand(word: string): boolean {
  return word === '--' || (word !== '' && !word.startsWith('-'));
}

function operationOf(first: string, second: string | undefined): Operation | undefined {
  const action = STATE.find((each) => each === second);
  if (first === 'state') return action && `state-${action}`;
  // `env` is the old name of `workspace`.
  if (first === 'workspace' || first === 'env') return second === 'delete' ? 'workspace-delete' : undefined;
  return SINGLE.find((each) => each === first);
}

function onlyPrints(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return (
    flags.some((word) => /^(-h|--?help)$/.test(word)) || argv.some((word) => /^(-v|--?version)$/.test(word))
  );
}

/** Only in this form and only before the command; the last one counts (terraform's extractChdirOption). */
function chdirOf(argv: readonly string[]): string | undefined {
  const front = argv.slice(
    0,
    argv.findIndex((word) => !word.startsWith('-')),
  );
  return front.findLast((word) => word.startsWith('-chdir='))?.slice('-chdir='.length);
}

/** Terraform's verbs under the name `cloudtm`; everything else is a command of tm. The launcher has the same list. */
const VERBS: ReadonlySet<string> = new Set(
  (
    'init validate plan apply destroy console fmt force-unlock get graph import login logout metadata modules output ' +
    'providers refresh state taint test untaint workspace env query stacks'
  ).split(' '),
);

/**
 * What was meant for terraform when the program was called as `cloudtm`: `list` becomes `tm list`, behind a `-chdir`.
 * A command line that was translated already stays as it is.
 */
export function translate(argv: readonly string[]): readonly string[] {
  const verb = argv.find(isCommand);
  if (verb === 'tm' || (verb !== undefined && VERBS.has(verb))) return argv;
  const front = argv.findIndex((word) => !word.startsWith('-chdir='));
  const at = front === -1 ? argv.length : front;
  return [...argv.slice(0, at), 'tm', ...argv.slice(at)];
}
