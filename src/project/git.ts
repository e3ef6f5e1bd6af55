import type {Facts} from '../store/version.js';

/** Longer than this (ms) nobody waits for git once terraform has ended: in a huge work tree `git status` takes seconds. */
const PATIENCE = 500;
/** A terraform that ends sooner (ms) has most likely changed nothing, and then git need not be asked at all. */
const HESITATION = 250;

/** A question put to git once terraform has run for a moment, and answered while it goes on. */
export interface GitQuestion {
  /** The commit the configuration stands at; null where there is no git, no repository or no answer in time. */
  answer(): Promise<Facts['git']>;
  /** End it: nobody wants to know any more. */
  drop(): void;
}

/**
 * Ask git which commit the configuration stands at.
 *
 * `GIT_OPTIONAL_LOCKS=0`: looking must not take the index's lock from a git the user runs meanwhile.
 */
export function askGit(root: string, env: Readonly<NodeJS.ProcessEnv>): GitQuestion {
  const abort = new AbortController();
  const ask = async (): Promise<Facts['git']> => {
    const {execa} = await import('execa');
    const result = await execa('git', ['status', '--porcelain=v2', '--branch', '--', '.'], {
      cwd: root,
      env: {...env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C'},
      extendEnv: false,
      reject: false,
      cleanup: false,
      stdin: 'ignore',
      cancelSignal: abort.signal,
    });
    return result.failed ? null : parseStatus(result.stdout);
  };
  let asked: Promise<Facts['git']> | undefined;
  const begin = () => (asked ??= ask().catch(() => null));
  const hesitation = setTimeout(() => void begin(), HESITATION);
  return {
    answer: async () => {
      clearTimeout(hesitation);
      let patience: NodeJS.Timeout | undefined;
      const tooLate = new Promise<null>((resolve) => {
        patience = setTimeout(resolve, PATIENCE, null);
      });
      const facts = await Promise.race([begin(), tooLate]);
      clearTimeout(patience);
      return facts;
    },
    drop: () => {
      clearTimeout(hesitation);
      abort.abort();
    },
  };
}

/** Read `git status --porcelain=v2 --branch` (git-status(1)); null before the first commit. */
export function parseStatus(text: string): Facts['git'] {
  const header = (name: string) => new RegExp(`^# branch\\.${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  const commit = header('oid');
  if (commit === '' || commit === '(initial)') return null;
  const head = header('head');
  return {commit, branch: head === '(detached)' ? '' : head, dirty: /^[12u?] /m.test(text)};
}
