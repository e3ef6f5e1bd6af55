import {givenTo} from '../inputs/describe.js';
import {JSON_FLAG, PAGER_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {DISK_SNAPSHOT_LOG} from '../machine/disk-snapshot-mark.js';
import {diskSnapshotsOfVersion, logsOfVersions} from '../machine/of-version.js';
import {showLines} from '../cli/pager.js';
import {versionJson, versionLines} from '../report/version.js';
import {isConfiguration, keptFiles} from '../store/kept-version.js';
import {openHistory} from '../rollback/open-history.js';
import {resolveVersion} from '../store/read.js';
import {contentOf, nameOf, printContent, stateOf} from './show/content.js';

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
  if (has('state')) await printContent(call, stateOf(layout, version, has('reveal')));
  else if (file !== undefined) await printContent(call, contentOf(layout, version, file));
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
      // Logs of disk snapshots are not missed among the files; those that matter are shown by themselves.
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
