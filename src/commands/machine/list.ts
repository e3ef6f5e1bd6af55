import {logFolders} from './log-folders.js';
import type {Call} from '../../cli/command.js';
import {isOfMachine} from '../../machine/latest.js';
import {openCatalog} from './select.js';
import {catalogJson, catalogText, pendingText, unaskedText} from '../../machine/words/catalog.js';

/** `tm machine list`: what the logs say, joined with what the providers have. */
export async function list(call: Call): Promise<number> {
  const {context, tm, has, value} = call;
  const {entries, unasked, damaged, pending} = await openCatalog(
    call,
    await logFolders(call.context, call.chdir),
  );
  const machine = value('machine');
  const shown = machine === undefined ? entries : entries.filter((image) => isOfMachine(image, machine));
  context.stderr.write(unaskedText(unasked, damaged, tm) + pendingText(pending));
  context.stdout.write(has('json') ? catalogJson(shown) : catalogText(shown, tm, machine));
  return 0;
}
