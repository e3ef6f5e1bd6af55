import {logFolders} from './log-folders.js';
import type {Call, Command} from '../../cli/command.js';
import {LIST_FLAGS} from './flags.js';
import {JSON_FLAG} from '../../cli/common-flags.js';
import {openCatalog} from './select.js';
import {costJson, costText, unaskedText} from '../../machine/words/catalog.js';

/** `tm machine cost`: what the images that are there cost a month. */
export const cost: Command = {
  usage: ['machine cost'],
  summary: 'Show what the disk snapshots cost per month',
  flags: {...LIST_FLAGS, ...JSON_FLAG},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has} = call;
  const {entries, unasked, damaged} = await openCatalog(call, await logFolders(call.context, call.chdir));
  context.stderr.write(unaskedText(unasked, damaged, tm));
  const paid = entries.filter(({presence}) => presence !== 'missing');
  context.stdout.write(has('json') ? costJson(paid) : costText(paid));
  return 0;
}
