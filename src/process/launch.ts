import type {Launch} from '../context.js';

/** The variable in which the launcher tells what Node could not see any more: lines of `key=value`. */
const LAUNCH = 'CLOUDTM_LAUNCH';
/** The launcher renames `NODE_…` with this prefix, so that they reach terraform and not our Node. */
const KEEP = 'CLOUDTM_KEEP_';

/** Read what the launcher handed over, and give back the environment as it was before. */
export function readLaunch(env: Readonly<NodeJS.ProcessEnv>): {launch: Launch; env: NodeJS.ProcessEnv} {
  const lines = (env[LAUNCH] ?? '').split('\n');
  const given = (key: string) => lines.findLast((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  const words = (key: string) => (given(key) ?? '').split(' ').filter((word) => word !== '');
  const own = Object.entries(env).filter(([name]) => name !== LAUNCH);
  return {
    env: Object.fromEntries(
      own.map(([name, value]) => [name.startsWith(KEEP) ? name.slice(KEEP.length) : name, value]),
    ),
    launch: {
      launcher: given('launcher') ?? '',
      program: given('program') === 'cloudtm' ? 'cloudtm' : 'terraform',
      fallback: given('fallback') ?? '',
      ignoredSignals: words('ignored') as NodeJS.Signals[],
      openFiles: given('openfiles'),
      descriptors: words('fds').map(Number),
    },
  };
}
