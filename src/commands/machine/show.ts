import {logFolders} from './log-folders.js';
import type {Call, Command} from '../../cli/command.js';
import {chooseDiskSnapshot} from './choose.js';
import {LIST_FLAGS} from './flags.js';
import {JSON_FLAG} from '../../cli/common-flags.js';
import {openCatalog} from './select.js';
import {entryJson, entryText, unaskedText} from '../../machine/words/catalog.js';

/** `tm machine show IMAGE`: all that is known of an image, and how to boot from it. */
export const show: Command = {
  usage: ['machine show SNAPSHOT'],
  summary: 'Show the details of a disk snapshot, by its name or id',
  words: {least: 1, most: 1},
  flags: {...LIST_FLAGS, ...JSON_FLAG},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has, words} = call;
  const {entries, unasked, damaged} = await openCatalog(call, await logFolders(call.context, call.chdir));
  context.stderr.write(unaskedText(unasked, damaged, tm));
  const image = chooseDiskSnapshot(entries, words[0] ?? '');
  context.stdout.write(has('json') ? entryJson(image) : entryText(image));
  return 0;
}
