/** A question to terraform whose answer is for us: its output is captured and not shown. */
export interface Question {
  /** The real terraform and its environment, as `locate` gives them. */
  readonly program: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where it runs. */
  readonly cwd: string;
  /** `['state', 'pull']` */
  readonly argv: readonly string[];
  /** The most (ms) that an answer may take. */
  readonly limit: number;
  /** Ends the question when the answer is not needed any more. */
  readonly cancel?: AbortSignal | undefined;
}

/** Its output, or why there is none; `details` is what it wrote to stderr, for the log only. */
export type Answer =
  | {readonly kind: 'said'; readonly output: Buffer}
  | {readonly kind: 'failed'; readonly reason: string; readonly details: string};

/** How long (ms) terraform may take to end after SIGTERM, and its pipes to close after SIGKILL. */
const GRACE_MS = 1_000;

/** A shell that kills the process group given as the last argument. */
const KILL_GROUP = ['-c', 'kill -s KILL -- "-$1"', 'sh'];

/** The largest output (bytes) that is read: states of 100 MB exist. */
const LARGEST = 2 ** 30;

/**
 * Ask the real terraform something that changes nothing. It runs in a session of its own: a Ctrl-C meant for the
 * terraform in the foreground does not end it, and it can never read what a user types there. It does not get the flags
 * in `TF_CLI_ARGS`, and writes no log.
 */
export async function askTerraform(question: Question): Promise<Answer> {
  const {program, argv, env, cwd, limit, cancel} = question;
  const {execa} = await import('execa');
  const own = Object.entries(env).filter(([name]) => !/^TF_(CLI_ARGS|LOG)(_|$)/.test(name));
  const ended = new AbortController();
  const end = () => {
    ended.abort();
  };
  const timer = setTimeout(end, limit);
  cancel?.addEventListener('abort', end);
  const child = execa(program, argv, {
    cwd,
    env: {...Object.fromEntries(own), CHECKPOINT_DISABLE: '1', TF_INPUT: '0'},
    extendEnv: false,
    reject: false,
    cleanup: false,
    detached: true,
    stdin: 'ignore',
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: LARGEST,
    cancelSignal: ended.signal,
    forceKillAfterDelay: false,
  });
  // While terraform 1.11.4 waits for a server only SIGKILL ends it, and another manager's shim that has ended leaves its
  // terraform behind: what does not end by itself is killed with all its children.
  let killing: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    ended.signal.addEventListener('abort', () => {
      killing = setTimeout(() => {
        if (child.pid !== undefined)
          void execa('/bin/sh', [...KILL_GROUP, String(child.pid)], {reject: false});
        setTimeout(resolve, GRACE_MS, undefined);
      }, GRACE_MS);
    });
  });
  if (cancel?.aborted === true) end();
  const result = await Promise.race([child, silence]);
  clearTimeout(timer);
  clearTimeout(killing);
  cancel?.removeEventListener('abort', end);
  if (ended.signal.aborted || result === undefined) {
    const reason = cancel?.aborted === true ? 'no answer' : `no answer in ${Math.ceil(limit / 1000)} s`;
    return {kind: 'failed', reason, details: result === undefined ? '' : text(result.stderr)};
  }
  if (!result.failed) return {kind: 'said', output: Buffer.from(result.stdout)};
  const status = result.exitCode ?? result.code ?? result.signal ?? '';
  return {kind: 'failed', reason: `status ${status}`, details: text(result.stderr)};
}

function text(output: Uint8Array | undefined): string {
  return Buffer.from(output ?? []).toString();
}
