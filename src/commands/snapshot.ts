import {keepSnapshot} from '../capture/snapshot.js';
import {parsedOrReason} from '../state/state.js';
import {JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {snapshotText} from '../report/history.js';
import {openPlace} from '../rollback/open-history.js';
import {readHistory} from '../store/read.js';
import type {StateBytes} from '../terraform/state-file.js';
import {stateSource} from '../terraform/state-source.js';

/** `tm snapshot`: keep the configuration and the state as they are now. */
export const snapshot: Command = {
  usage: ['snapshot', 'snapshot -note TEXT'],
  summary: 'Keep the configuration and the state as they are now',
  flags: {note: {value: 'TEXT', summary: 'a note that tm list shows'}, ...JSON_FLAG},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, report, has, value} = call;
  const place = await openPlace(call, true);
  const source = stateSource(context, place, {mayBeMissing: true});
  const state = requireState(source.name, await source.read());
  const note = value('note') ?? '';
  const kept = await keepSnapshot({context, place, state, operation: 'snapshot', note}, report);
  const meta = readHistory(place.layout).versions.find(({name}) => name === kept.name)?.meta;
  context.stdout.write(
    has('json') ? `${JSON.stringify(meta, undefined, 2)}\n` : snapshotText(kept.name, meta),
  );
  return 0;
}

function requireState(name: string, state: StateBytes): Extract<StateBytes, {kind: 'some'}> {
  if (state.kind === 'none') throw new UserError({kind: 'no-state', name});
  if (state.kind === 'unreadable')
    throw new UserError({kind: 'state-unreadable', path: name, reason: state.reason});
  const parsed = parsedOrReason(state.bytes);
  if ('reason' in parsed) throw new UserError({kind: 'state-unreadable', path: name, reason: parsed.reason});
  return state;
}
