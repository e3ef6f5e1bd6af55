import {JSON_FLAG, type Command} from '../../cli/command.js';
import {isOfMachine} from '../../machine/catalog.js';
import {catalogJson, catalogText, pendingText} from '../../machine/words/catalog.js';
import {LIST_FLAGS, MACHINE_FLAG, openCatalog} from './select.js';

/** `tm machine list`: what the logs say, joined with what the providers have. */
export const list: Command = {
  usage: ['machine list'],
  summary: 'List disk snapshots from the logs and from the providers',
  flags: {...MACHINE_FLAG, ...LIST_FLAGS, ...JSON_FLAG},
  async run(call) {
    const {context, tm, has, value} = call;
    const {entries, pending} = await openCatalog(call);
    const machine = value('machine');
    const shown = entries.filter((entry) => machine === undefined || isOfMachine(entry, machine));
    context.stderr.write(pendingText(pending));
    context.stdout.write(has('json') ? catalogJson(shown) : catalogText(shown, tm, machine));
    return 0;
  },
};
