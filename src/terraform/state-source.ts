import {relative, sep} from 'node:path';
import type {Context} from '../context.js';
import type {Answer} from './ask.js';
import {bindTerraform} from './bound.js';
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

interface Asked {
  /** Asked for instead of the selected one. */
  readonly workspace?: string;
  /** Whether that workspace, or the selected one, may not be there: then it is looked for before it is asked for. */
  readonly mayBeMissing?: boolean;
  /** The most (s) that an answer may take; no longer than what the user or we allow in any case. */
  readonly seconds?: number;
  /** Ends the reading when it is not waited for any more. */
  readonly cancel?: AbortSignal;
}

/** The state in a file: reading it takes no waiting. */
export function stateFile(root: string, path: string): {read(): StateBytes} & StateSource {
  const id = relative(root, path).split(sep).join('/');
  return {id, name: path, isRemote: false, read: () => readStateFile(path)};
}

/**
 * The state that a command writes in this project: a file's, or what `terraform state pull` prints with the user's own
 * credentials. A pull takes no lock and changes nothing, apart from what asking for a workspace that does not exist does
 * in most backends: they make it.
 */
export function stateSource(context: Context, project: Project, asked: Asked = {}): StateSource {
  const {root, backend} = project;
  if (backend.kind === 'local') return stateFile(root, backend.stateOutPath);
  return {
    id: backend.type,
    name: `the backend "${backend.type}"`,
    isRemote: true,
    read: async () => {
      const {workspace = project.workspace, mayBeMissing = false} = asked;
      const terraform = bindTerraform(context, root);
      const until = context.now().getTime() + limit(context.env, asked.seconds);
      const ask = (...words: string[]) =>
        terraform.ask(words, {
          limit: Math.max(0, until - context.now().getTime()),
          cancel: asked.cancel,
          workspace: asked.workspace,
        });
      if (mayBeMissing && workspace !== 'default') {
        const listed = await ask('workspace', 'list');
        if (listed.kind === 'failed') return unreadable('workspace list', listed);
        // Each name stands behind two blanks, or a star for the selected one.
        const lines = listed.output.toString().split('\n');
        if (!lines.some((line) => line.slice(2).trim() === workspace)) return {kind: 'none'};
      }
      const answer = await ask('state', 'pull');
      if (answer.kind === 'failed') return unreadable('state pull', answer);
      return isNothing(answer.output) ? {kind: 'none'} : stateBytes(answer.output);
    },
  };
}

function unreadable(words: string, {reason, details}: Extract<Answer, {kind: 'failed'}>): StateBytes {
  return {kind: 'unreadable', reason: `terraform ${words}: ${reason}`, details};
}

/** Terraform prints a state without lineage and serial where a backend has none. */
function isNothing(output: Buffer): boolean {
  return /^\s*(\{[^{[]*"serial":\s*0,\s*"lineage":\s*""[^]*)?$/.test(output.subarray(0, 2_000).toString());
}

/** The most (s) a pull may take: a large state over a slow line takes a while, a dead server never answers. */
const LIMIT = 60;

/** In ms. The user's is `CLOUDTM_PULL_LIMIT`, in seconds. */
function limit(env: Readonly<NodeJS.ProcessEnv>, seconds = Infinity): number {
  const wanted = Number(env.CLOUDTM_PULL_LIMIT);
  return Math.min(seconds, wanted > 0 ? wanted : LIMIT) * 1000;
}
