import {posix} from 'node:path';
import {givenTo} from '../inputs/describe.js';
import {maskState} from '../state/mask.js';
import {nearest, type Call, type Command} from '../cli/command.js';
import {JSON_FLAG, PAGER_FLAG} from '../cli/common-flags.js';
import {UserError} from '../errors.js';
import {DISK_SNAPSHOT_LOG} from '../machine/disk-snapshot-mark.js';
import {diskSnapshotsOfVersion, logsOfVersions} from '../machine/of-version.js';
import {showLines} from '../cli/pager.js';
import {versionJson, versionLines} from '../report/version.js';
import {
  isConfiguration,
  keptFiles,
  readKeptFile,
  readKeptState,
  type KeptFile,
} from '../store/kept-version.js';
import {CONFIGS, INPUTS_FILE, INPUTS_FOLDER, OUTSIDE, type Layout} from '../store/layout.js';
import {openHistory} from '../rollback/open-history.js';
import {resolveVersion, type Version} from '../store/read.js';
import {plainLine} from '../report/format.js';

/** `tm show`: what is known of a version, one of its files, or its state. */
export const show: Command = {
  usage: ['show VERSION', 'show VERSION FILE', 'show VERSION -state'],
  summary: 'Show a version, one of its files, or its state',
  words: {least: 1, most: 2},
  flags: {
    state: {summary: 'show the state as JSON, with sensitive values masked'},
    reveal: {summary: 'with -state: show it exactly as it was kept, including secrets'},
    ...PAGER_FLAG,
    ...JSON_FLAG,
  },
  run,
};

async function run(call: Call): Promise<number> {
  const {context, words, has, colour} = call;
  const [name = '', file] = words;
  refuseCombinations(call, file);
  const {place, history} = await openHistory(call);
  const {layout} = place;
  const version = resolveVersion(history, name);
  if (has('state')) await print(call, stateOf(layout, version, has('reveal')));
  else if (file !== undefined) await print(call, contentOf(layout, version, file));
  else {
    const {files, skipped} = keptFiles(layout, version);
    const shown = {
      meta: version.meta,
      files: files.filter(isConfiguration).map((kept) => ({...kept, name: nameOf(kept)})),
      skipped,
      given: givenTo(layout, version),
      diskSnapshots: diskSnapshotsOfVersion(version, logsOfVersions(place.root, [version])),
    };
    if (has('json')) context.stdout.write(versionJson(shown));
    else {
      // Nobody misses logs of images among the files; those that matter are shown by themselves.
      const missed = skipped.filter(({reason}) => reason !== DISK_SNAPSHOT_LOG);
      await showLines(
        context,
        () => versionLines(version.name, {...shown, skipped: missed}, colour),
        !has('no-pager'),
      );
    }
  }
  return 0;
}

function refuseCombinations({has}: Call, file: string | undefined): void {
  const given = [
    ...['-state', '-json'].filter((flag) => has(flag.slice(1))),
    ...(file === undefined ? [] : ['FILE']),
  ];
  if (given.length > 1) throw new UserError({kind: 'flags-exclude-each-other', flags: given});
  if (has('reveal') && !has('state'))
    throw new UserError({kind: 'flag-needs-another', flag: '-reveal', others: ['-state']});
}

/** Byte for byte, apart from a terminal: there control characters are shown, not obeyed. */
async function print({context, has}: Call, content: Buffer): Promise<void> {
  if (!context.stdout.isTTY) {
    context.stdout.write(content);
    return;
  }
  const lines = content.toString().replace(/\n$/, '').split('\n');
  await showLines(context, () => lines.map(plainLine), !has('no-pager'));
}

function stateOf(layout: Layout, version: Version, reveal: boolean): Buffer {
  const bytes = readKeptState(layout, version);
  if (reveal) return bytes;
  try {
    return Buffer.from(maskState(bytes.toString()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError({kind: 'state-unmaskable', version: version.name, reason}, {cause: error});
  }
}

function contentOf(layout: Layout, version: Version, name: string): Buffer {
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

/** The name people know a file by: as seen from the root module, `outside/…` as it lies in the version. */
function nameOf({path}: KeptFile): string {
  const name = path.startsWith(`${CONFIGS}/`) ? path.slice(CONFIGS.length + 1) : path;
  const [top = ''] = name.split('/', 1);
  const isAmbiguous = name !== path && [CONFIGS, OUTSIDE, INPUTS_FILE, INPUTS_FOLDER].includes(top);
  return isAmbiguous ? path : name;
}

/** Files of the same name in other folders, or the one that is spelled most like it. */
function near(name: string, names: readonly string[]): string[] {
  const last = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const alike = names.filter((each) => last(each) === last(name)).slice(0, 3);
  const spelled = nearest(name, names);
  return alike.length > 0 || spelled === undefined ? alike : [spelled];
}
