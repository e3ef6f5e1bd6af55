import type {LoggedDiskSnapshot} from '../machine/disk-snapshot-log.js';
import type {Given} from '../inputs/describe.js';
import type {KeptFile} from '../store/kept-version.js';
import type {Change, Meta, Skipped} from '../store/version.js';
import {SIGNS} from './changes.js';
import {painter, type Paint} from './paint.js';
import {count, plain, resources} from './format.js';

/** What `tm show` knows of a version. */
export interface ShownVersion {
  readonly meta: Meta;
  readonly files: readonly (KeptFile & {readonly name: string})[];
  readonly skipped: readonly Skipped[];
  /** Undefined where nobody noted what the command was given. */
  readonly given: readonly Given[] | undefined;
  /** The images of its machines that have logs, newest first. */
  readonly diskSnapshots: readonly LoggedDiskSnapshot[];
}

/** What `tm show` prints, line by line. */
export function* versionLines(name: string, shown: ShownVersion, colour: boolean): Generator<string> {
  const paint = painter(colour);
  const {meta, files, skipped, given = [], diskSnapshots} = shown;
  yield paint('bold', plain([name, text(meta.operation), text(meta.outcome)].filter(Boolean).join(', ')));
  const facts = factsOf(meta).filter(([, fact]) => fact !== '');
  for (const [about, fact] of facts) yield `  ${about.padEnd(10)} ${plain(fact)}`;
  if (given.length > 0) yield* section('Inputs', given.map(givenText), paint);
  const {added, changed, destroyed} = meta.resources;
  yield '';
  yield paint('bold', plain(`Resources: ${added} added, ${changed} changed, ${destroyed} destroyed`));
  yield* changeLines(meta, paint);
  if (diskSnapshots.length > 0)
    yield* section('Snapshots of its machines', diskSnapshots.map(imageWords), paint);
  yield* section(
    'Files',
    files.map((file) => ('link' in file ? `${file.name} (link to ${file.link})` : file.name)),
    paint,
  );
  if (skipped.length > 0)
    yield* section(
      'Not kept',
      skipped.map(({path, reason}) => `${path} (${reason})`),
      paint,
    );
}

/** The same as data: the metadata, and `files`, `skipped`, `inputs` and `images` besides. */
export function versionJson({meta, files, skipped, given, diskSnapshots}: ShownVersion): string {
  const listed = files.map((file) =>
    'link' in file
      ? {path: file.name, link: file.link}
      : {path: file.name, size: file.size, mode: file.mode, sha256: file.sha256},
  );
  const named = diskSnapshots.map(({path, ...log}) => ({...log, log: path}));
  return `${JSON.stringify({...meta, files: listed, skipped, inputs: given ?? null, images: named}, undefined, 2)}\n`;
}

function imageWords({machine, image, completed}: LoggedDiskSnapshot): string {
  const size = image.sizeGb === null ? '' : `, ${image.sizeGb} GB`;
  return `${image.name} (id ${image.id}) of ${machine.name}, ${completed.replace('T', ' ')}${size}`;
}

/** What anybody may have written into the metadata is shown if it is text or a number, and is no error otherwise. */
function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

function factsOf(meta: Meta): [string, string][] {
  const {actor, git, state, durationMs, startedAt} = meta;
  const took = typeof durationMs === 'number' ? `, took ${durationText(durationMs)}` : '';
  return [
    [
      'when',
      `${text(startedAt ?? meta.timestamp)
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z')}${took}`,
    ],
    ['who', actor === undefined ? '' : `${text(actor.user)}@${text(actor.host)}`],
    ['command', commandOf(list(meta.argv).map(text), meta.targeted)],
    ['git', git === undefined || git === null ? '' : gitText(git)],
    ['workspace', text(meta.workspace)],
    ['backend', text(meta.backend)],
    ['terraform', text(meta.terraform?.version)],
    ['state', state === undefined ? '' : stateText(state)],
    ['note', text(meta.note)],
    ['tags', list(meta.tags).map(text).join(', ')],
    ['pinned', meta.pinned === true ? 'yes' : ''],
  ];
}

function durationText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function commandOf(argv: readonly string[], targeted: boolean | undefined): string {
  if (argv.length === 0) return '';
  const words = argv.map((word) =>
    /^[\w@%+=:,./()~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return `terraform ${words.join(' ')}${targeted === true ? ' (targeted)' : ''}`;
}

function gitText({commit, branch, dirty}: NonNullable<Meta['git']>): string {
  const on = text(branch) === '' ? '' : ` on ${text(branch)}`;
  return `${text(commit).slice(0, 12)}${on}${dirty ? ', with changes that were not committed' : ''}`;
}

function stateText(state: NonNullable<Meta['state']> | null): string {
  if (state === null) return 'none was kept';
  return `${resources(state.resources)}, serial ${text(state.serial)}, lineage ${text(state.lineage)}`;
}

function* changeLines({changes: noted, state}: Meta, paint: Paint): Generator<string> {
  const changes = list(noted).filter((change: Change | null) => typeof change?.address === 'string');
  for (const change of changes) yield changeLine(change, paint);
  const stayed = (state?.resources ?? 0) - changes.filter(({action}) => action !== 'destroyed').length;
  if (stayed > 0 && state !== undefined) yield `    ${count(stayed, 'resource')} unchanged`;
}

function changeLine({address, action, from}: Change, paint: Paint): string {
  const [sign, style] = (SIGNS[action] as (typeof SIGNS)[Change['action']] | undefined) ?? ['  ?', 'dim'];
  return `${paint(style, sign)} ${plain(address)}${from === undefined ? '' : ` (moved from ${plain(text(from))})`}`;
}

function givenText(given: Given): string {
  if ('variable' in given) {
    const kept = {value: 'kept', fingerprint: 'its fingerprint is kept', nothing: 'ephemeral, not kept'}[
      given.kept
    ];
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
