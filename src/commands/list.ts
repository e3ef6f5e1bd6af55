import {requirePlace} from '../capture/place.js';
import {recover} from '../capture/recover.js';
import type {Call} from '../command.js';
import {closingLine} from '../report/closing-line.js';
import {historyJson, historyText, wantsColour} from '../report/history.js';
import {readHistory} from '../store/read.js';

/** `tm list`: the versions of the selected workspace, after finishing what a killed command left. */
export async function list({context, tm, chdir, has}: Call): Promise<number> {
  const place = await requirePlace(context, chdir);
  // In a store that may only be read the list still shows what is there.
  await recover(context, place, closingLine(context.stderr, false, tm)).catch(() => undefined);
  const history = readHistory(place.layout);
  const {workspace} = place;
  const colour = wantsColour(context.stdout, context.env);
  context.stdout.write(
    has('json') ? historyJson(history, workspace) : historyText(history, {workspace, tm, colour}),
  );
  return 0;
}
