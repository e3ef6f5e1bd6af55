import {relative, sep} from 'node:path';
import type {Context} from '../context.js';
import {askTerraform, type Answer} from './ask.js';
import {locate} from './locate.js';
import type {Project} from './project.js';
import {readStateFile, stateBytes, type StateBytes} from './state-file.js';

/** Where a state is read, whichever way that is done. */
export interface StateSource {
  /** Tells the states of a workspace apart: the file as seen from the root module, or the backend's type. */
  readonly id: string;
  /** What people know it by: an absolute path, or `the backend "s3"`. */
  readonly name: string;
  readonly isRemote: boolean;
  /**
   * The state as it is now: of a file at once, so that it can be read in the very moment terraform ends; of a backend
   * when terraform has pulled it. Never throws or rejects.
   */
  read(): StateBytes | Promise<StateBytes>;
}

/** A state that is a file: reading it takes no waiting. */
export interface FileSource extends StateSource {
  read(): StateBytes;
}

interface Asked {
  readonly workspace?: string;
  readonly seconds?: number;
}

/** The state in a file. */
export function stateFile(root: string, path: string): FileSource {
  const id = relative(root, path).split(sep).join('/');
  return {id, name: path, isRemote: false, read: () => readStateFile(path)};
}

/**
 * The state that a command writes in this project: a file's, or what `terraform state pull` prints with the user's own
 * credentials. A pull takes no lock and changes nothing, apart from what asking for a workspace that does not exist does
 * in some backends: they make it.
 *
 * @param asked.workspace Asked for instead of the selected one.
 * @param asked.seconds How long a pull may take instead of what the user or we allow.
 */
export function stateSource(context: Context, project: Project, asked: Asked = {}): StateSource {
  const {root, backend} = project;
  if (backend.kind === 'local') return stateFile(root, backend.stateOutPath);
  return {
    id: backend.type,
    name: `the backend "${backend.type}"`,
    isRemote: true,
    read: async () => {
      const answer = await ask(context, root, ['state', 'pull'], asked);
      if (answer.kind === 'said')
        return isNothing(answer.output) ? {kind: 'none'} : stateBytes(answer.output);
      return {kind: 'unreadable', reason: `terraform state pull: ${answer.reason}`, details: answer.details};
    },
  };
}

/** Terraform prints a state without lineage and serial where a backend has none. */
function isNothing(output: Buffer): boolean {
  return /^\s*(\{[^{[]*"serial":\s*0,\s*"lineage":\s*""[^]*)?$/.test(output.subarray(0, 2_000).toString());
}

/** Names of the workspaces a backend has; none when it does not say. */
export async function workspaces(context: Context, {root}: Project): Promise<readonly string[]> {
  const answer = await ask(context, root, ['workspace', 'list']);
  if (answer.kind === 'failed') return [];
  return answer.output
    .toString()
    .split('\n')
    .map((line) => line.slice(2).trim());
}

/** Never rejects. */
async function ask(
  context: Context,
  root: string,
  words: readonly string[],
  {workspace, seconds = patience(context.env)}: Asked = {},
): Promise<Answer> {
  const real = locate(context);
  if (real.kind === 'not-found') return {kind: 'failed', reason: 'there is no terraform', details: ''};
  const question = {
    program: real.path,
    env: workspace === undefined ? real.env : {...real.env, TF_WORKSPACE: workspace},
    cwd: context.cwd,
    // Terraform reads its own settings in the working folder, before it changes into the root module.
    chdir: root === context.cwd ? undefined : root,
    words,
    patience: seconds * 1000,
  };
  try {
    return await askTerraform(question);
  } catch (error) {
    return {kind: 'failed', reason: 'it cannot be started', details: String(error)};
  }
}

/** How long (s) a pull may take: a large state over a slow line takes a while, a dead server must not take for ever. */
const PATIENCE = 60;

/** `CLOUDTM_PULL_LIMIT`, in seconds. */
function patience(env: Readonly<NodeJS.ProcessEnv>): number {
  const seconds = Number(env.CLOUDTM_PULL_LIMIT);
  return seconds > 0 ? seconds : PATIENCE;
}
