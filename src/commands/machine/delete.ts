import type {Command} from '../../cli/command.js';
import {confirmed, requireTerminal} from '../../cli/confirm.js';
import {deleteDiskSnapshots} from '../../machine/delete-disk-snapshots.js';
import {careText, deletedText, entryText, NOTHING_DELETED} from '../../machine/words/catalog.js';
import {chooseDiskSnapshot, LIST_FLAGS, openCatalog} from './select.js';

/** `tm machine delete SNAPSHOT`: show it, ask, and delete it at its provider. */
export const remove: Command = {
  usage: ['machine delete SNAPSHOT'],
  summary: 'Delete a disk snapshot at its provider, after asking',
  words: {least: 1, most: 1},
  flags: {'auto-approve': {alias: 'yes', summary: 'do not ask'}, ...LIST_FLAGS},
  async run(call) {
    const {context, has, words} = call;
    const isApproved = has('auto-approve');
    await requireTerminal(context, isApproved);
    const {entries, providers} = await openCatalog(call);
    const entry = chooseDiskSnapshot(entries, words[0] ?? '');
    context.stdout.write(entryText(entry) + careText(entry));
    if (!(await confirmed(context, isApproved))) {
      context.stdout.write(NOTHING_DELETED);
      return 1;
    }
    for await (const deleted of deleteDiskSnapshots([entry], providers))
      context.stdout.write(deletedText(deleted));
    return 0;
  },
};
