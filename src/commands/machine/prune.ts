import {JSON_FLAG, type Command} from '../../cli/command.js';
import {UserError} from '../../errors.js';
import {deleteDiskSnapshots} from '../../machine/delete-disk-snapshots.js';
import {MachineError} from '../../machine/problems.js';
import {readAge, toPrune} from '../../machine/prune.js';
import {catalogJson, deletedText, pruneText} from '../../machine/words/catalog.js';
import {LIST_FLAGS, MACHINE_FLAG, openCatalog} from './select.js';

/** `tm machine prune`: delete old disk snapshots; without `-yes` only show which. */
export const prune: Command = {
  usage: ['machine prune -keep-last N', 'machine prune -older-than 30d'],
  summary: 'Delete old disk snapshots that have a log; without -yes only list them',
  flags: {
    'keep-last': {value: 'N', summary: 'keep the newest N of each machine'},
    'older-than': {value: 'AGE', summary: 'delete only those older than this: 90m, 12h, 30d, 8w'},
    name: {value: 'PREFIX', summary: 'only those whose name begins with this'},
    ...MACHINE_FLAG,
    yes: {alias: 'auto-approve', summary: 'delete them'},
    ...LIST_FLAGS,
    ...JSON_FLAG,
  },
  async run(call) {
    const {context, has, value} = call;
    const [last, age] = [value('keep-last'), value('older-than')];
    if (last === undefined && age === undefined) throw new MachineError({kind: 'prune-needs-rule'});
    if (last !== undefined && !/^[1-9]\d{0,5}$/.test(last))
      throw new UserError({kind: 'bad-count', flag: '-keep-last', value: last});
    const rules = {
      keepLast: Number(last ?? 0),
      olderThan: age === undefined ? undefined : readAge(age),
      prefix: value('name') ?? '',
      machine: value('machine') ?? '',
    };
    // "Nothing to delete" must not mean that a provider could not be asked.
    const {entries, providers} = await openCatalog(call, () => true);
    const chosen = toPrune(entries, rules, context.now());
    context.stdout.write(has('json') ? catalogJson(chosen) : pruneText(chosen, has('yes')));
    if (!has('yes')) return 0;
    const output = has('json') ? context.stderr : context.stdout;
    for await (const deleted of deleteDiskSnapshots(chosen, providers)) output.write(deletedText(deleted));
    return 0;
  },
};
