import {logFolders} from './log-folders.js';
import type {Call, Command} from '../../cli/command.js';
import {LIST_FLAGS, MACHINE_FLAG} from './flags.js';
import {JSON_FLAG} from '../../cli/common-flags.js';
import {isOfMachine} from '../../machine/latest.js';
import {openCatalog} from './select.js';
import {catalogJson, catalogText, pendingText, unaskedText} from '../../machine/words/catalog.js';

/** `tm machine list`: what the logs say, joined with what the providers have. */
export const list: Command = {
  usage: ['machine list'],
  summary: 'List disk snapshots from the logs and from the providers',
  flags: {...MACHINE_FLAG, ...LIST_FLAGS, ...JSON_FLAG},
  run,
};

async function run(call: Call): Promise<number> {
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
