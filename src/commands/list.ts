import {requirePlace} from '../capture/place.js';
import type {Call} from '../command.js';
import {closingLine} from '../report/closing-line.js';
import {historiesJson, historiesText, historyJson, historyText, wantsColour} from '../report/history.js';
import {finishLeftovers} from '../rollback/finish.js';
import {layOut} from '../store/layout.js';
import {readHistory, workspacesIn} from '../store/read.js';

/** `tm list`: the versions of the selected workspace, or of all, after finishing what a killed command left. */
export async function list({context, tm, chdir, has}: Call): Promise<number> {
  const place = await requirePlace(context, chdir);
  const {layout, workspace} = place;
  // In a store that may only be read the list still shows what is there.
  await finishLeftovers(context, place, closingLine(context.stderr, false, tm)).catch(() => undefined);
  const view = {tm, colour: wantsColour(context.stdout, context.env)};
  if (has('all-workspaces')) {
    const names = new Set(['default', ...workspacesIn(layout.store), workspace]);
    const histories = [...names].map((name) => ({
      workspace: name,
      history: readHistory(layOut(layout.store, name)),
    }));
    context.stdout.write(
      has('json') ? historiesJson(histories, workspace) : historiesText(histories, workspace, view),
    );
    return 0;
  }
  const known = {workspace, history: readHistory(layout)};
  context.stdout.write(has('json') ? historyJson(known) : historyText(known, view));
  return 0;
}
