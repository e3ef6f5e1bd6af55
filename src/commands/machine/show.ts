import {JSON_FLAG, type Command} from '../../cli/command.js';
import {entryJson, entryText} from '../../machine/words/catalog.js';
import {chooseDiskSnapshot, LIST_FLAGS, openCatalog} from './select.js';

/** `tm machine show SNAPSHOT`: all that is known of a disk snapshot, and how to boot from it. */
export const show: Command = {
  usage: ['machine show SNAPSHOT'],
  summary: 'Show the details of a disk snapshot, by its name or id',
  words: {least: 1, most: 1},
  flags: {...LIST_FLAGS, ...JSON_FLAG},
  async run(call) {
    const {entries} = await openCatalog(call);
    const entry = chooseDiskSnapshot(entries, call.words[0] ?? '');
    call.context.stdout.write(call.has('json') ? entryJson(entry) : entryText(entry));
    return 0;
  },
};
