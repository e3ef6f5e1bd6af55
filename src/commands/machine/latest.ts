import {logFolders} from './log-folders.js';
import {requirePlace} from '../../project/place.js';
import type {Call, Command} from '../../cli/command.js';
import {LIST_FLAGS} from './flags.js';
import {UserError} from '../../errors.js';
import {isOfMachine, latestOf} from '../../machine/latest.js';
import {problemOf, systemOf} from '../../machine/problem-of.js';
import {openCatalog} from './select.js';
import {unaskedText} from '../../machine/words/catalog.js';
import {plain} from '../../report/format.js';

/** `tm machine latest -machine NAME`: the id of its newest image, and nothing else. */
export const latest: Command = {
  usage: ['machine latest -machine NAME'],
  summary: "Print the id of a machine's newest disk snapshot, and nothing else",
  flags: {machine: {value: 'NAME', summary: 'the machine'}, ...LIST_FLAGS},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, chdir, value} = call;
  const machine = value('machine') ?? '';
  if (machine === '')
    throw new UserError({
      kind: 'argument-missing',
      command: 'machine latest',
      usage: latest.usage,
    });
  const {workspace} = await requirePlace(context, chdir);
  const catalog = await openCatalog(call, await logFolders(context, chdir));
  const isDoubtful = catalog.entries.some(
    (image) => image.presence === 'unknown' && isOfMachine(image, machine),
  );
  const [first] = catalog.everyUnasked;
  // Never an old id because nobody could say that there is a newer one.
  if (first !== undefined && (isDoubtful || catalog.entries.length === 0))
    throw problemOf(first.failure, first.provider, systemOf(context.env));
  // The newest may be among those that cannot be read.
  context.stderr.write(unaskedText([], catalog.damaged, tm));
  context.stdout.write(`${plain(latestOf(catalog.entries, machine, workspace).id)}\n`);
  return 0;
}
