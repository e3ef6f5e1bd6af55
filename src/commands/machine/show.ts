import type {Call, Command} from '../../cli/command.js';
import {JSON_FLAG} from '../../cli/common-flags.js';
import {entryJson, entryText} from '../../machine/words/catalog.js';
import {chooseDiskSnapshot} from './choose.js';
import {LIST_FLAGS} from './flags.js';
import {openCatalog} from './select.js';

/** `tm machine show SNAPSHOT`: all that is known of a disk snapshot, and how to boot from it. */
export const show: Command = {
  usage: ['machine show SNAPSHOT'],
  summary: 'Show the details of a disk snapshot, by its name or id',
  words: {least: 1, most: 1},
  flags: {...LIST_FLAGS, ...JSON_FLAG},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, has, words} = call;
  const {entries} = await openCatalog(call);
  const entry = chooseDiskSnapshot(entries, words[0] ?? '');
  context.stdout.write(has('json') ? entryJson(entry) : entryText(entry));
  return 0;
}
