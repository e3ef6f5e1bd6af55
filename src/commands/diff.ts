import {compareConfigurations} from '../project/config-difference.js';
import {configurationAt, stateAt} from '../history/version-state.js';
import {compareInDetail} from '../state/details.js';
import {JSON_FLAG, PAGER_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {showLines} from '../cli/pager.js';
import {differenceJson, differenceLines, isSame, NOW, type Compared} from '../report/difference.js';
import {openHistory} from '../rollback/open-history.js';
import {resolveVersion} from '../store/read.js';

/** `tm diff`: what lies between two versions, or between a version and now. With `-detailed-exitcode` 2 if anything does. */
export const diff: Command = {
  usage: ['diff', 'diff VERSION', 'diff VERSION VERSION'],
  summary: 'Compare two versions, or a version with the project as it is now',
  words: {least: 0, most: 2},
  flags: {
    config: {summary: 'compare only the configuration; the output is a patch for patch -p0'},
    state: {summary: 'compare only resources and outputs'},
    'detailed-exitcode': {summary: 'exit with status 2 if anything differs, 0 if nothing does'},
    ...PAGER_FLAG,
    ...JSON_FLAG,
  },
  run,
};

async function run(call: Call): Promise<number> {
  try {
    return await compareAndShow(call);
  } catch (error) {
    // No terraform writes values that are nested thousands of times.
    if (!(error instanceof RangeError)) throw error;
    const reason = 'it is nested too deeply';
    throw new UserError({kind: 'state-not-comparable', name: 'of one of the two', reason}, {cause: error});
  }
}

async function compareAndShow(call: Call): Promise<number> {
  const {context, words, has} = call;
  if (has('config') && has('state'))
    throw new UserError({kind: 'flags-exclude-each-other', flags: ['-config', '-state']});
  const {place, history} = await openHistory(call);
  const [first = history.current?.name ?? 'latest', second] = words;
  const before = resolveVersion(history, first);
  const after = second === undefined ? 'now' : resolveVersion(history, second);
  const compared: Compared = {
    before: before.name,
    after: after === 'now' ? NOW : after.name,
    configuration: has('state')
      ? undefined
      : compareConfigurations(await configurationAt(place, before), await configurationAt(place, after)),
    state: has('config')
      ? undefined
      : compareInDetail(await stateAt(context, place, before), await stateAt(context, place, after)),
  };
  if (has('json')) await showLines(context, () => differenceJson(compared), false);
  else await showLines(context, () => differenceLines(compared, call.colour), !has('no-pager'));
  return has('detailed-exitcode') && !isSame(compared) ? 2 : 0;
}
