import {posix} from 'node:path';
import {nearest, type Call} from '../../cli/command.js';
import {showLines} from '../../cli/pager.js';
import {UserError} from '../../errors.js';
import {plainLine} from '../../report/format.js';
import {maskState} from '../../state/mask.js';
import {
  isConfiguration,
  keptFiles,
  readKeptFile,
  readKeptState,
  type KeptFile,
} from '../../store/kept-version.js';
import {CONFIGS, INPUTS_FILE, INPUTS_FOLDER, OUTSIDE, type Layout} from '../../store/layout.js';
import type {Version} from '../../store/read.js';

/** Byte for byte, apart from a terminal: there control characters are shown, not obeyed. */
export async function printContent({context, has}: Call, content: Buffer): Promise<void> {
  if (!context.stdout.isTTY) {
    context.stdout.write(content);
    return;
  }
  const lines = content.toString().replace(/\n$/, '').split('\n');
  await showLines(context, () => lines.map(plainLine), !has('no-pager'));
}

/**
 * The state of a version, sensitive values masked unless `reveal`.
 *
 * @throws UserError `version-without-state`, `version-damaged`, `state-unmaskable`.
 */
export function stateOf(layout: Layout, version: Version, reveal: boolean): Buffer {
  const bytes = readKeptState(layout, version);
  if (reveal) return bytes;
  try {
    return Buffer.from(maskState(bytes.toString()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError({kind: 'state-unmaskable', version: version.name, reason}, {cause: error});
  }
}

/** A configuration file of a version. @throws UserError `file-not-kept`, `file-is-link`, `version-damaged`. */
export function contentOf(layout: Layout, version: Version, name: string): Buffer {
  const files = keptFiles(layout, version).files.filter(isConfiguration);
  const isCalled = (wanted: string) => (each: KeptFile) => each.path === wanted;
  const file = files.find(isCalled(name)) ?? files.find(isCalled(`${CONFIGS}/${posix.normalize(name)}`));
  if (file === undefined)
    throw new UserError({
      kind: 'file-not-kept',
      version: version.name,
      name,
      near: near(name, files.map(nameOf)),
    });
  if ('link' in file)
    throw new UserError({kind: 'file-is-link', version: version.name, name, target: file.link});
  return readKeptFile(layout, version, file);
}

/** Files of the same name in other folders, or the one that is spelled most like it. */
function near(name: string, names: readonly string[]): string[] {
  const last = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const alike = names.filter((each) => last(each) === last(name)).slice(0, 3);
  const spelled = nearest(name, names);
  return alike.length > 0 || spelled === undefined ? alike : [spelled];
}

/** The name people know a file by: as seen from the root module, `outside/…` as it lies in the version. */
export function nameOf({path}: KeptFile): string {
  const name = path.startsWith(`${CONFIGS}/`) ? path.slice(CONFIGS.length + 1) : path;
  const [top = ''] = name.split('/', 1);
  const isAmbiguous = name !== path && [CONFIGS, OUTSIDE, INPUTS_FILE, INPUTS_FOLDER].includes(top);
  return isAmbiguous ? path : name;
}
