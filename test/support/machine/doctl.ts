import {chmodSync, existsSync, symlinkSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {temporaryFolder} from '../folder.js';

/** A program called `doctl` to run tests with. */
export interface Doctl {
  readonly name: 'stand-in' | 'real';
  /** Put it into a new folder, alone and as `doctl`; the folder goes when the test ends. @returns The folder, for PATH. */
  install(): string;
  /**
   * What it needs in its environment to ask this API, with a home of its own.
   *
   * A real doctl repeats a request after 1, 2, 4, 8 and 16 s. Whole seconds are all that it lets itself be told, and not 0:
   * here it waits a second each time, so a request that fails for good takes five.
   */
  env(api: {readonly url: string}, token?: string): Record<string, string>;
}

/** The stand-in always, and the real program where there is one on PATH: for `describe.each`. */
export function doctls(): readonly Doctl[] {
  const standIn = {name: 'stand-in', install: installStandIn, env: environment} as const;
  const program = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'doctl'))
    .find((path) => existsSync(path));
  if (program === undefined) return [standIn];
  const install = (): string => {
    const folder = temporaryFolder();
    symlinkSync(program, join(folder, 'doctl'));
    return folder;
  };
  return [standIn, {name: 'real', install, env: environment}];
}

/** By a script, since a scrubbed PATH has no node. */
function installStandIn(): string {
  const folder = temporaryFolder();
  const path = join(folder, 'doctl');
  const script = join(import.meta.dirname, 'doctl', 'main.mjs');
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
  chmodSync(path, 0o755);
  return folder;
}

function environment({url}: {readonly url: string}, token = 'a-token'): Record<string, string> {
  return {
    HOME: temporaryFolder(),
    DIGITALOCEAN_API_URL: url,
    DIGITALOCEAN_ACCESS_TOKEN: token,
    DIGITALOCEAN_HTTP_RETRY_WAIT_MIN: '1',
    DIGITALOCEAN_HTTP_RETRY_WAIT_MAX: '1',
  };
}
