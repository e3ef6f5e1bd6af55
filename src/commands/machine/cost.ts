import {JSON_FLAG, type Command} from '../../cli/command.js';
import {costJson, costText} from '../../machine/words/catalog.js';
import {LIST_FLAGS, openCatalog} from './select.js';

/** `tm machine cost`: what the existing disk snapshots cost a month. */
export const cost: Command = {
  usage: ['machine cost'],
  summary: 'Show what the disk snapshots cost per month',
  flags: {...LIST_FLAGS, ...JSON_FLAG},
  async run(call) {
    const {entries} = await openCatalog(call);
    const paid = entries.filter(({presence}) => presence !== 'missing');
    call.context.stdout.write(call.has('json') ? costJson(paid) : costText(paid));
    return 0;
  },
};
