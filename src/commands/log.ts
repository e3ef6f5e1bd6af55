import {requirePlace} from '../project/place.js';
import {recover} from '../capture/recover.js';
import type {Call, Command} from '../cli/command.js';
import {ALL_WORKSPACES_FLAG, JSON_FLAG} from '../cli/common-flags.js';
import {UserError} from '../errors.js';
import {reportRun} from '../report/report-run.js';
import {wantsColour} from '../report/history.js';
import {logJson, logText, type Logged} from '../report/log.js';
import {layOut} from '../store/layout.js';
import {readHistory, workspacesIn} from '../store/read.js';

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

async function run({context, tm, chdir, has, value}: Call): Promise<number> {
  const most = count(value('n'));
  const place = await requirePlace(context, chdir);
  const {layout, workspace} = place;
  await recover(context, place, reportRun(context.stderr, false, tm)).catch(() => undefined);
  const ofAll = has('all-workspaces');
  const names = ofAll ? [...new Set(['default', ...workspacesIn(layout.store), workspace])] : [workspace];
  const histories = names.map((name) => ({name, history: readHistory(layOut(layout.store, name))}));
  const entries = histories.flatMap(({name: of, history: {versions, current}}) =>
    versions.map(({name, meta}): Logged => ({
      name,
      meta,
      workspace: of,
      isCurrent: current?.name === name,
    })),
  );
  // Within a workspace numbers tell what came later; a sort by time keeps their order where clocks agree.
  if (ofAll) entries.sort((a, b) => compare(b.meta.timestamp, a.meta.timestamp));
  const told = {
    entries: entries.slice(0, most),
    damaged: histories.flatMap(({name, history}) =>
      history.damaged.map((version) => ({...version, workspace: name})),
    ),
    ofAll,
  };
  const view = {tm, colour: wantsColour(context.stdout, context.env)};
  context.stdout.write(has('json') ? logJson(told) : logText(told, view));
  return 0;
}

function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^0*[1-9][0-9]{0,8}$/.test(text)) throw new UserError({kind: 'bad-count', flag: '-n', value: text});
  return Number(text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
