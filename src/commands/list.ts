import type {Place} from '../project/place.js';
import {ALL_WORKSPACES_FLAG, JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {diskSnapshotsOfVersion, logsOfVersions} from '../machine/of-version.js';
import {historiesJson, historiesText, historyJson, historyText, type Known} from '../report/history.js';
import {everyHistory, openHistory} from '../rollback/open-history.js';
import type {History} from '../store/read.js';

/** `tm list`: the versions of the selected workspace, or of all, after finishing what a killed command left. */
export const list: Command = {
  usage: ['list'],
  summary: 'List versions, newest first',
  flags: {...ALL_WORKSPACES_FLAG, ...JSON_FLAG},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, has} = call;
  const opened = await openHistory(call);
  const {place} = opened;
  if (has('all-workspaces')) {
    const histories = everyHistory(opened).map(({workspace, history}) => known(place, history, workspace));
    context.stdout.write(
      has('json')
        ? historiesJson(histories, place.workspace)
        : historiesText(histories, place.workspace, call),
    );
    return 0;
  }
  const own = known(place, opened.history, place.workspace);
  context.stdout.write(has('json') ? historyJson(own) : historyText(own, call));
  return 0;
}

/** A history with the images its versions' machines have. */
function known({root}: Place, history: History, workspace: string): Known {
  const {versions} = history;
  const logs = logsOfVersions(root, versions);
  const images = versions.map(
    (version) => [version.name, diskSnapshotsOfVersion(version, logs).map(({image}) => image.name)] as const,
  );
  return {workspace, history, images: new Map(images)};
}
