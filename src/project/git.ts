import {once} from 'node:events';
import type {Facts} from '../store/version.js';

/** How long (ms) git may take once terraform has ended: in a huge work tree `git status` takes seconds. */
const DEADLINE = 500;
/** A terraform that ends sooner (ms) has most likely changed nothing: git is not asked. */
const HESITATION = 250;

/** Ask git which commit the configuration is at, once terraform has run for a moment; the answer comes meanwhile. */
export function askGit(root: string, env: Readonly<NodeJS.ProcessEnv>) {
  const abort = new AbortController();
  const ask = async (): Promise<Facts['git']> => {
    const {execa} = await import('execa');
    // GIT_OPTIONAL_LOCKS: reading must not take the index's lock from a git that the user runs meanwhile.
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
  const drop = () => {
    clearTimeout(hesitation);
    abort.abort();
  };
  return {
    /** Null where there is no git, no repository or no answer in time. */
    answer: async () => {
      clearTimeout(hesitation);
      const deadline = setTimeout(drop, DEADLINE);
      const dropped = once(abort.signal, 'abort').then(() => null);
      return Promise.race([begin(), dropped]).finally(() => {
        clearTimeout(deadline);
      });
    },
    /** End it: the answer is not needed. */
    drop,
  };
}

/** Read `git status --porcelain=v2 --branch` (git-status(1)); null before the first commit. */
function parseStatus(text: string): Facts['git'] {
  const header = (name: string) => new RegExp(`^# branch\\.${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  const commit = header('oid');
  if (commit === '' || commit === '(initial)') return null;
  const head = header('head');
  return {commit, branch: head === '(detached)' ? '' : head, dirty: /^[12u?] /m.test(text)};
}
