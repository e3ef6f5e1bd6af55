import type {Command} from '../../cli/command.js';
import {UserError} from '../../errors.js';
import {isOfMachine, latestOf} from '../../machine/catalog.js';
import {requirePlace} from '../../project/place.js';
import {plain} from '../../report/format.js';
import {LIST_FLAGS, openCatalog} from './select.js';

const usage = ['machine latest -machine NAME'];

/** `tm machine latest -machine NAME`: the id of its newest disk snapshot, and nothing else. */
export const latest: Command = {
  usage,
  summary: "Print the id of a machine's newest disk snapshot, and nothing else",
  flags: {machine: {value: 'NAME', summary: 'the machine'}, ...LIST_FLAGS},
  async run(call) {
    const {context, chdir, value} = call;
    const machine = value('machine') ?? '';
    if (machine === '') throw new UserError({kind: 'argument-missing', command: 'machine latest', usage});
    const {workspace} = await requirePlace(context, chdir);
    // Never print an old id because the provider could not tell that there is a newer one.
    const {entries} = await openCatalog(
      call,
      (all) =>
        all.length === 0 || all.some((entry) => entry.presence === 'unknown' && isOfMachine(entry, machine)),
    );
    context.stdout.write(`${plain(latestOf(entries, machine, workspace).id)}\n`);
    return 0;
  },
};
