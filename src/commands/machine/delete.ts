import {logFolders} from './log-folders.js';
import type {Call, Command} from '../../cli/command.js';
import {chooseDiskSnapshot} from './choose.js';
import {LIST_FLAGS} from './flags.js';
import {openCatalog} from './select.js';
import {deleteDiskSnapshots} from '../../machine/delete-disk-snapshots.js';
import {careText, deletedText, entryText, unaskedText} from '../../machine/words/catalog.js';
import {confirmed, requireTerminal} from '../../cli/confirm.js';

/** `tm machine delete IMAGE`: show it, ask, and delete it at its provider. */
export const remove: Command = {
  usage: ['machine delete SNAPSHOT'],
  summary: 'Delete a disk snapshot at its provider, after asking',
  words: {least: 1, most: 1},
  flags: {'auto-approve': {alias: 'yes', summary: 'do not ask'}, ...LIST_FLAGS},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has, words} = call;
  const isApproved = has('auto-approve');
  await requireTerminal(context, isApproved);
  const catalog = await openCatalog(call, await logFolders(call.context, call.chdir));
  context.stderr.write(unaskedText(catalog.unasked, catalog.damaged, tm));
  const image = chooseDiskSnapshot(catalog.entries, words[0] ?? '');
  context.stdout.write(entryText(image) + careText(image));
  if (!(await confirmed(context, isApproved))) {
    context.stdout.write('Nothing was deleted\n');
    return 1;
  }
  await deleteDiskSnapshots([image], catalog, (done) => {
    context.stdout.write(deletedText(done));
  });
  return 0;
}
