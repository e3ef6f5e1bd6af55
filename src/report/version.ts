import type {LoggedDiskSnapshot} from '../machine/disk-snapshot-log.js';
import type {Given} from '../inputs/describe.js';
import type {KeptFile} from '../store/kept-version.js';
import type {Actor, Meta, Skipped} from '../store/version.js';
import {SIGNS} from './changes.js';
import {painter, type Paint} from './paint.js';
import {count, countWords, duration, jsonText, localTime, plain, resources} from './format.js';

/** What `tm show` knows of a version. */
export interface ShownVersion {
  readonly meta: Meta;
  readonly files: readonly (KeptFile & {readonly name: string})[];
  readonly skipped: readonly Skipped[];
  /** Undefined where what the command was given was not noted. */
  readonly given: readonly Given[] | undefined;
  /** The disk snapshots of its machines that have logs, newest first. */
  readonly diskSnapshots: readonly LoggedDiskSnapshot[];
}

/** What `tm show` prints, line by line. */
export function* versionLines(name: string, shown: ShownVersion, colour: boolean): Generator<string> {
  const paint = painter(colour);
  const {meta, files, skipped, given = [], diskSnapshots} = shown;
  yield paint('bold', plain([name, meta.operation, meta.outcome].filter(Boolean).join(', ')));
  const facts = factsOf(meta).filter(([, fact]) => fact !== '');
  for (const [about, fact] of facts) yield `  ${about.padEnd(10)} ${plain(fact)}`;
  if (given.length > 0) yield* section('Inputs', given.map(givenText), paint);
  yield '';
  yield paint('bold', plain(`Resources: ${countWords(meta.resources)}`));
  yield* changeLines(meta, paint);
  if (diskSnapshots.length > 0)
    yield* section('Snapshots of its machines', diskSnapshots.map(imageWords), paint);
  const named = files.map((file) => ('link' in file ? `${file.name} (link to ${file.link})` : file.name));
  yield* section('Files', named, paint);
  const unkept = skipped.map(({path, reason}) => `${path} (${reason})`);
  if (unkept.length > 0) yield* section('Not kept', unkept, paint);
}

/** The same as data: the metadata, and `files`, `skipped`, `inputs` and `images` besides. */
export function versionJson({meta, files, skipped, given, diskSnapshots}: ShownVersion): string {
  const listed = files.map((file) =>
    'link' in file
      ? {path: file.name, link: file.link}
      : {path: file.name, size: file.size, mode: file.mode, sha256: file.sha256},
  );
  const named = diskSnapshots.map(({path, ...log}) => ({...log, log: path}));
  return jsonText({...meta, files: listed, skipped, inputs: given ?? null, images: named});
}

function imageWords({machine, image, completed}: LoggedDiskSnapshot): string {
  const size = image.sizeGb === null ? '' : `, ${image.sizeGb} GB`;
  return `${image.name} (id ${image.id}) of ${machine.name}, ${localTime(completed)}${size}`;
}

function factsOf(meta: Meta): [string, string][] {
  const {actor, git, state, durationMs, argv = [], tags = []} = meta;
  const took = durationMs === undefined ? '' : `, took ${duration(durationMs)}`;
  return [
    ['when', `${localTime(meta.startedAt ?? meta.timestamp)}${took}`],
    ['who', actor === undefined ? '' : whoText(actor)],
    ['run', actor?.run ?? ''],
    ['command', commandOf(argv, meta.targeted)],
    ['git', git === undefined || git === null ? '' : gitText(git)],
    ['workspace', meta.workspace ?? ''],
    ['backend', meta.backend ?? ''],
    ['terraform', meta.terraform?.version ?? ''],
    ['state', state === undefined ? '' : stateText(state)],
    ['note', meta.note ?? ''],
    ['tags', tags.join(', ')],
    ['pinned', meta.pinned === true ? 'yes' : ''],
  ];
}

function whoText({user, host, ci}: Actor): string {
  return `${user}@${host}${ci === undefined ? '' : `, ${ci}`}`;
}

function commandOf(argv: readonly string[], targeted: boolean | undefined): string {
  if (argv.length === 0) return '';
  const words = argv.map((word) =>
    /^[\w@%+=:,./()~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return `terraform ${words.join(' ')}${targeted === true ? ' (targeted)' : ''}`;
}

function gitText({commit, branch, dirty}: NonNullable<Meta['git']>): string {
  const on = branch === '' ? '' : ` on ${branch}`;
  return `${commit.slice(0, 12)}${on}${dirty ? ', with changes that were not committed' : ''}`;
}

function stateText(state: NonNullable<Meta['state']> | null): string {
  if (state === null) return 'none was kept';
  return `${resources(state.resources)}, serial ${state.serial}, lineage ${state.lineage}`;
}

function* changeLines({changes = [], state}: Meta, paint: Paint): Generator<string> {
  for (const {address, action, from} of changes) {
    const [sign, style] = SIGNS[action];
    yield `${paint(style, sign)} ${plain(address)}${from === undefined ? '' : ` (moved from ${plain(from)})`}`;
  }
  const unchanged = (state?.resources ?? 0) - changes.filter(({action}) => action !== 'destroyed').length;
  if (unchanged > 0) yield `    ${count(unchanged, 'resource')} unchanged`;
}

const KEPT = {value: 'kept', fingerprint: 'its fingerprint is kept', nothing: 'ephemeral, not kept'};

function givenText(given: Given): string {
  if ('variable' in given) {
    const kept = KEPT[given.kept];
    const by = {
      '-var': 'by -var',
      environment: `by TF_VAR_${given.variable}`,
      'saved plan': 'by the saved plan',
    };
    return `${given.variable} (${by[given.by]}; ${kept})`;
  }
  if ('file' in given)
    return `-var-file ${given.file}${given.kept ? '' : ` (not kept: ${given.reason ?? ''})`}`;
  if ('unknown' in given) return `a saved plan, whose values could not be read (${given.unknown})`;
  return 'target' in given ? `-target ${given.target}` : `-replace ${given.replace}`;
}

function* section(title: string, lines: readonly string[], paint: Paint): Generator<string> {
  yield '';
  yield paint('bold', `${title}:`);
  for (const line of lines) yield `  ${plain(line)}`;
}
