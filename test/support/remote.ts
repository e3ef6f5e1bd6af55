import {onTestFinished} from 'vitest';
import {httpFiles} from './backends/backends.js';
import {startHttpStore, type HttpStore} from './backends/http-store.js';
import {expect} from 'vitest';
import {sandbox, type Outcome, type Sandbox, type SandboxOptions} from './sandbox.js';

/** A project whose state is in an http store of its own. */
export interface RemoteProject {
  readonly box: Sandbox;
  readonly store: HttpStore;
  /** Where in the store its state is. */
  readonly path: string;
  /** The state as the store has it now, read. */
  state(): {lineage: string; serial: number; resources: {name: string}[]};
}

/** Make one that has been initialised; nothing has been applied. `init` and all else go through the shim. */
export async function remoteProject(options: SandboxOptions = {}): Promise<RemoteProject> {
  const store = await startHttpStore();
  onTestFinished(() => store.stop());
  const path = '/state';
  const box = sandbox({...options, files: {...httpFiles(`${store.url}${path}`), ...options.files}});
  expect(await box.run('init', '-no-color')).toMatchObject({exitCode: 0});
  return {
    box,
    store,
    path,
    state: () =>
      JSON.parse(store.versions(path).at(-1)?.toString() ?? '') as ReturnType<RemoteProject['state']>,
  };
}

/** Run the bare terraform: what was there before cloudtm, or what somebody without it does. */
export async function bare(box: Sandbox, ...argv: string[]): Promise<Outcome> {
  return box.runWith({program: box.real}, ...argv);
}
