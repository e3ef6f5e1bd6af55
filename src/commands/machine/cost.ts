import {logFolders} from './log-folders.js';
import type {Call} from '../../cli/command.js';
import {openCatalog} from './select.js';
import {costJson, costText, unaskedText} from '../../machine/words/catalog.js';

/** `tm machine cost`: what the images that are there cost a month. */
export async function cost(call: Call): Promise<number> {
  const {context, tm, has} = call;
  const {entries, unasked, damaged} = await openCatalog(call, await logFolders(call.context, call.chdir));
  context.stderr.write(unaskedText(unasked, damaged, tm));
  const paid = entries.filter(({presence}) => presence !== 'missing');
  context.stdout.write(has('json') ? costJson(paid) : costText(paid));
  return 0;
}
