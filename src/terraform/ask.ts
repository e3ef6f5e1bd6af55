/** A question to terraform whose answer is for us: what it prints is captured, and nobody sees it run. */
export interface Question {
  /** The real terraform and its environment, as `locate` gives them. */
  readonly program: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The working folder, and the `-chdir` of the command it is asked beside: terraform reads its own settings first. */
  readonly cwd: string;
  readonly chdir?: string | undefined;
  /** `['state', 'pull']` */
  readonly words: readonly string[];
  /** How long (ms) an answer is waited for. */
  readonly patience: number;
  /** Ends the question when nobody wants to know any more. */
  readonly cancel?: AbortSignal | undefined;
}

/** What it said, or why there is no answer; `details` is what it wrote to stderr, for the log only. */
export type Answer =
  | {readonly kind: 'said'; readonly output: Buffer}
  | {readonly kind: 'failed'; readonly reason: string; readonly details: string};

/** How long (ms) a terraform that is asked to end may take, and the pipes of one that was killed. */
const REST = 1_000;

/** The words of a shell that kills the process group which it is given as its last one. */
const KILL_GROUP = ['-c', 'kill -s KILL -- "-$1"', 'sh'];

/** The largest output (bytes) that is read: states of some 100 MB exist. */
const LARGEST = 2 ** 30;

/**
 * Ask the real terraform something that changes nothing.
 *
 * It runs in a session of its own: a Ctrl-C meant for the terraform in front does not end it, and it can never read what
 * a user types there. Flags and logs the user wants of their own commands are kept from it.
 */
export async function askTerraform(question: Question): Promise<Answer> {
  const {program, env, cwd, chdir, words, patience, cancel} = question;
  const {execa} = await import('execa');
  const ended = new AbortController();
  const end = () => {
    ended.abort();
  };
  const limit = setTimeout(end, patience);
  cancel?.addEventListener('abort', end);
  const child = execa(program, [...(chdir === undefined ? [] : [`-chdir=${chdir}`]), ...words], {
    cwd,
    env: quiet(env),
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
  // Terraform 1.11.4 that waits for a server hears of nothing else, and another manager's shim that was ended leaves a
  // terraform behind: what does not end by itself is killed with all its children.
  let killing: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    ended.signal.addEventListener('abort', () => {
      killing = setTimeout(() => {
        if (child.pid !== undefined)
          void execa('/bin/sh', [...KILL_GROUP, String(child.pid)], {reject: false});
        setTimeout(resolve, REST, undefined);
      }, REST);
    });
  });
  if (cancel?.aborted === true) end();
  const result = await Promise.race([child, silence]);
  clearTimeout(limit);
  clearTimeout(killing);
  cancel?.removeEventListener('abort', end);
  if (ended.signal.aborted || result === undefined) {
    const reason = cancel?.aborted === true ? 'no answer' : `no answer in ${Math.ceil(patience / 1000)} s`;
    return {kind: 'failed', reason, details: result === undefined ? '' : text(result.stderr)};
  }
  if (!result.failed) return {kind: 'said', output: Buffer.from(result.stdout)};
  const status = result.exitCode ?? result.code ?? result.signal ?? '';
  return {kind: 'failed', reason: `status ${status}`, details: text(result.stderr)};
}

function quiet(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !/^TF_(CLI_ARGS|LOG)(_|$)/.test(name));
  return {...Object.fromEntries(own), CHECKPOINT_DISABLE: '1', TF_INPUT: '0'};
}

function text(output: Uint8Array | undefined): string {
  return Buffer.from(output ?? []).toString();
}
