import {cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {collectInputs, type InputsRequest} from '../../src/inputs/collect.js';
import type {Inputs} from '../../src/store/inputs.js';
import {temporaryFolder} from './folder.js';

/** A root module, and a version being made of it, whose files lie there already. */
export interface CapturedProject {
  readonly root: string;
  readonly version: string;
  /** What came of it: the paths in the manifest, and `inputs.json`. */
  collect(request: Partial<InputsRequest>): Promise<{paths: string[]; inputs: Inputs | undefined}>;
}

/** Write a project, and copy it into a version apart from the files named in `ignored`. */
export function capturedProject(
  files: Readonly<Record<string, string>>,
  ignored: readonly string[] = [],
): CapturedProject {
  const folder = realpathSync(temporaryFolder());
  const [root, version] = [join(folder, 'project'), join(folder, 'version')];
  const configs = join(version, 'tf_configs');
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), content);
  }
  return {
    root,
    version,
    collect: async (request) => {
      cpSync(root, configs, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) =>
          !ignored.includes(path.slice(root.length + 1)) &&
          (path === root ||
            lstatSync(path).isDirectory() ||
            lstatSync(path).isFile() ||
            lstatSync(path).isSymbolicLink()),
      });
      const entries = await collectInputs({
        root,
        version,
        words: [],
        env: {},
        kept: (path) => lstatSync(join(configs, path), {throwIfNoEntry: false})?.isFile() === true,
        ...request,
      });
      const isWritten = entries.some(({path}) => path === 'inputs.json');
      return {
        paths: entries.map(({path}) => path),
        inputs: isWritten
          ? (JSON.parse(readFileSync(join(version, 'inputs.json'), 'utf8')) as Inputs)
          : undefined,
      };
    },
  };
}

/** All that the files below a folder hold, each under its path. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((file) => file.isFile());
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'latin1')];
    }),
  );
}
