import {ALL_WORKSPACES_FLAG, JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {logJson, logText, type Logged} from '../report/log.js';
import {everyHistory, openHistory} from '../rollback/open-history.js';

/** `tm log`: who ran what, when, and how it ended; newest first, of the selected workspace or of all. */
export const log: Command = {
  usage: ['log', 'log -n COUNT'],
  summary: 'Show who ran what, when, and how it ended, newest first',
  flags: {
    n: {value: 'COUNT', summary: 'show only the newest COUNT entries'},
    ...ALL_WORKSPACES_FLAG,
    ...JSON_FLAG,
  },
  run,
};

async function run(call: Call): Promise<number> {
  const {context, has, value} = call;
  const most = count(value('n'));
  const opened = await openHistory(call);
  const ofAll = has('all-workspaces');
  const histories = ofAll
    ? everyHistory(opened)
    : [{workspace: opened.place.workspace, history: opened.history}];
  const entries = histories.flatMap(({workspace, history: {versions, current}}) =>
    versions.map(({name, meta}): Logged => ({
      name,
      meta,
      workspace,
      isCurrent: current?.name === name,
    })),
  );
  // Within a workspace numbers tell what came later; a sort by time keeps their order where clocks agree.
  const isLater = (a: Logged, b: Logged) => Number(a.meta.timestamp > b.meta.timestamp);
  if (ofAll) entries.sort((a, b) => isLater(b, a) - isLater(a, b));
  const result = {
    entries: entries.slice(0, most),
    damaged: histories.flatMap(({workspace, history}) =>
      history.damaged.map((version) => ({...version, workspace})),
    ),
    ofAll,
  };
  context.stdout.write(has('json') ? logJson(result) : logText(result, call));
  return 0;
}

function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^0*[1-9][0-9]{0,8}$/.test(text)) throw new UserError({kind: 'bad-count', flag: '-n', value: text});
  return Number(text);
}
