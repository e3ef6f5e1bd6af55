import type {CommandGroup} from '../../cli/command.js';

/** The commands of `terraform tm machine`, in the order in which help lists them. */
export const MACHINE_COMMANDS: CommandGroup = {
  summary: 'Manage disk snapshots of machines: snapshot, list, show, delete, prune, cost, latest',
  commands: new Map([
    ['machine snapshot', async () => (await import('./snapshot.js')).snapshot],
    ['machine list', async () => (await import('./list.js')).list],
    ['machine show', async () => (await import('./show.js')).show],
    ['machine delete', async () => (await import('./delete.js')).remove],
    ['machine prune', async () => (await import('./prune.js')).prune],
    ['machine cost', async () => (await import('./cost.js')).cost],
    ['machine latest', async () => (await import('./latest.js')).latest],
  ]),
};
