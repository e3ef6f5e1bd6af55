import type {Launch} from '../context.js';

/** The variable in which the launcher tells what Node could not see any more: lines of `key=value`. */
const LAUNCH = 'CLOUDTM_LAUNCH';
/** The launcher renames `NODE_…` with this prefix, so that they reach terraform and not our Node. */
const KEEP = 'CLOUDTM_KEEP_';

/** Read what the launcher handed over, and give back the environment as it was before. */
export function readLaunch(env: Readonly<NodeJS.ProcessEnv>): {launch: Launch; env: NodeJS.ProcessEnv} {
  const told = new Map<string, string>();
  for (const line of (env[LAUNCH] ?? '').split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) told.set(line.slice(0, at), line.slice(at + 1));
  }
  const words = (key: string) => (told.get(key) ?? '').split(' ').filter((word) => word !== '');
  const restored: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(env)) {
    if (name === LAUNCH) continue;
    restored[name.startsWith(KEEP) ? name.slice(KEEP.length) : name] = value;
  }
  return {
    env: restored,
    launch: {
      launcher: told.get('launcher') ?? '',
      program: told.get('program') === 'cloudtm' ? 'cloudtm' : 'terraform',
      fallback: told.get('fallback') ?? '',
      ignoredSignals: words('ignored') as NodeJS.Signals[],
      openFiles: told.get('openfiles'),
      descriptors: words('fds').map(Number),
    },
  };
}
