import type {Call, Command} from '../../cli/command.js';
import {UserError} from '../../errors.js';
import {isOfMachine, latestOf} from '../../machine/latest.js';
import {requirePlace} from '../../project/place.js';
import {plain} from '../../report/format.js';
import {LIST_FLAGS} from './flags.js';
import {openCatalog} from './select.js';

/** `tm machine latest -machine NAME`: the id of its newest disk snapshot, and nothing else. */
export const latest: Command = {
  usage: ['machine latest -machine NAME'],
  summary: "Print the id of a machine's newest disk snapshot, and nothing else",
  flags: {machine: {value: 'NAME', summary: 'the machine'}, ...LIST_FLAGS},
  run,
};

async function run(call: Call): Promise<number> {
  const {context, chdir, value} = call;
  const machine = value('machine') ?? '';
  if (machine === '')
    throw new UserError({
      kind: 'argument-missing',
      command: 'machine latest',
      usage: latest.usage,
    });
  const {workspace} = await requirePlace(context, chdir);
  // Never print an old id because the provider could not tell that there is a newer one.
  const {entries} = await openCatalog(
    call,
    (catalog) =>
      catalog.entries.length === 0 ||
      catalog.entries.some((entry) => entry.presence === 'unknown' && isOfMachine(entry, machine)),
  );
  context.stdout.write(`${plain(latestOf(entries, machine, workspace).id)}\n`);
  return 0;
}
