import {requirePlace, type Place} from '../project/place.js';
import type {Call, Command} from '../cli/command.js';
import {ALL_WORKSPACES_FLAG, JSON_FLAG} from '../cli/common-flags.js';
import {foldersOf} from '../machine/machine-context.js';
import {diskSnapshotsOfVersion, logsOfVersions} from '../machine/of-version.js';
import {reportRun} from '../report/report-run.js';
import {
  historiesJson,
  historiesText,
  historyJson,
  historyText,
  wantsColour,
  type Known,
} from '../report/history.js';
import {finishLeftovers} from '../rollback/finish.js';
import {layOut} from '../store/layout.js';
import {readHistory, workspacesIn, type History} from '../store/read.js';

/** `tm list`: the versions of the selected workspace, or of all, after finishing what a killed command left. */
export const list: Command = {
  usage: ['list'],
  summary: 'List versions, newest first',
  flags: {...ALL_WORKSPACES_FLAG, ...JSON_FLAG},
  run,
};

async function run({context, tm, chdir, has}: Call): Promise<number> {
  const place = await requirePlace(context, chdir);
  const {layout, workspace} = place;
  // In a store that may only be read the list still shows what is there.
  await finishLeftovers(context, place, reportRun(context.stderr, false, tm)).catch(() => undefined);
  const view = {tm, colour: wantsColour(context.stdout, context.env)};
  if (has('all-workspaces')) {
    const names = new Set(['default', ...workspacesIn(layout.store), workspace]);
    const histories = [...names].map((name) => known(place, readHistory(layOut(layout.store, name)), name));
    context.stdout.write(
      has('json') ? historiesJson(histories, workspace) : historiesText(histories, workspace, view),
    );
    return 0;
  }
  const own = known(place, readHistory(layout), workspace);
  context.stdout.write(has('json') ? historyJson(own) : historyText(own, view));
  return 0;
}

/** A history with the images its versions' machines have. */
function known({root}: Place, history: History, workspace: string): Known {
  const {versions} = history;
  const logs = logsOfVersions(foldersOf(root), versions);
  const images = versions.map(
    (version) => [version.name, diskSnapshotsOfVersion(version, logs).map(({image}) => image.name)] as const,
  );
  return {workspace, history, images: new Map(images)};
}
