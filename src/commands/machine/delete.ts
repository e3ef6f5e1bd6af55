import type {Call, Command} from '../../cli/command.js';
import {deleteDiskSnapshots} from '../../machine/delete-disk-snapshots.js';
import {careText, deletedText, entryText, NOTHING_DELETED} from '../../machine/words/catalog.js';
import {confirmed, requireTerminal} from '../../cli/confirm.js';
import {chooseDiskSnapshot} from './choose.js';
import {LIST_FLAGS} from './flags.js';
import {openCatalog} from './select.js';

/** `tm machine delete SNAPSHOT`: show it, ask, and delete it at its provider. */
export const remove: Command = {
  usage: ['machine delete SNAPSHOT'],
  summary: 'Delete a disk snapshot at its provider, after asking',
  words: {least: 1, most: 1},
  flags: {'auto-approve': {alias: 'yes', summary: 'do not ask'}, ...LIST_FLAGS},
  run,
};

async function run(call: Call): Promise<number> {
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
  await deleteDiskSnapshots([entry], providers, (deleted) => {
    context.stdout.write(deletedText(deleted));
  });
  return 0;
}
