import {findInState, findInVersions, standings} from '../history/find.js';
import {stateOf} from '../history/version-state.js';
import {JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {findJson, findText} from '../report/find.js';
import {openVersions} from '../rollback/open-history.js';
import {stateSource} from '../terraform/state-source.js';

/** How long (s) the backend may take to say what the state holds now; then the current version stands for it. */
const PATIENCE = 15;

/** `tm find TEXT`: the versions that last knew an id or a value, and how to adopt what has it. */
export const find: Command = {
  usage: ['find TEXT'],
  summary: 'Find the last version that contains an id or value, and how to import its resource',
  words: {least: 1, most: 1},
  flags: JSON_FLAG,
  run,
};

async function run(call: Call): Promise<number> {
  const {context, has, words} = call;
  const text = words[0] ?? '';
  if (text === '') throw new UserError({kind: 'argument-missing', command: 'find', usage: find.usage});
  const {place, history} = await openVersions(call);
  const {layout, workspace} = place;
  const {versions, current} = history;
  const source = stateSource(context, place, {seconds: PATIENCE});
  const reading = source.read();
  const {found, unsearched} = findInVersions(layout, versions, text);
  const now = await reading;
  if (found.length === 0) {
    const inState = findInState(now, text)?.address;
    throw new UserError({kind: 'text-not-found', text, inState, unsearched});
  }
  const newest = versions.find(({name}) => name === current?.name) ?? versions[0];
  const live = standings(now, text);
  const standing = live ?? (newest && standings(stateOf(layout, newest.number), text));
  const result = {
    workspace,
    found: found.map((hit) => ({...hit, isCurrent: hit.name === current?.name, standing: standing?.(hit)})),
    unsearched,
    standIn: live === undefined ? {version: newest?.name ?? '', source: source.name} : undefined,
  };
  context.stdout.write(has('json') ? findJson(result) : findText(result, text, call.colour));
  return 0;
}
