import {blame as traceResource, type Candidate} from '../state/blame.js';
import {parsedOrUndefined, type State} from '../state/state.js';
import {JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {blameJson, blameText} from '../report/blame.js';
import {readStateUnchecked} from '../store/kept-version.js';
import type {Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';
import {openVersions} from '../rollback/open-history.js';
import {stateBytes} from '../terraform/state-file.js';

/** `tm blame ADDRESS`: every version that touched a resource, with who did it and when. */
export const blame: Command = {
  usage: ['blame ADDRESS'],
  summary: 'Show every version that changed a resource, including before it was moved',
  words: {least: 1, most: 1},
  flags: JSON_FLAG,
  run,
};

async function run(call: Call): Promise<number> {
  const {context, has, words} = call;
  const {place, history} = await openVersions(call);
  const {versions, current} = history;
  const found = traceResource(candidates(place.layout, versions), words[0] ?? '');
  if ('near' in found) throw new UserError({kind: 'address-not-known', ...found});
  const touched = found.versions.flatMap(({name, touches}) =>
    versions
      .filter((version) => version.name === name)
      .map(({meta}) => ({name, meta, touches, isCurrent: name === current?.name})),
  );
  const destroyedAfter = current?.status === false ? current.name : undefined;
  const result = {workspace: place.workspace, ...found, versions: touched, destroyedAfter};
  context.stdout.write(has('json') ? blameJson(result) : blameText(result, call.colour));
  return 0;
}

/** Oldest first; a state that did not change from one version to the next is read once. */
function candidates(layout: Layout, versions: readonly Version[]): Candidate[] {
  let last: {sha256: string; state: State | undefined} | undefined;
  return versions.toReversed().map(({number, name, meta}) => ({
    name,
    changes: meta.changes,
    state: () => {
      if (last !== undefined && meta.state?.sha256 === last.sha256) return last.state;
      const read = readStateUnchecked(layout, number);
      const bytes = read.kind === 'read' ? stateBytes(read.content) : undefined;
      if (bytes?.kind !== 'some') return undefined;
      if (last?.sha256 !== bytes.sha256) last = {sha256: bytes.sha256, state: parsedOrUndefined(bytes)};
      return last.state;
    },
  }));
}
