import type {LoadedCommand} from '../../cli/command.js';

const JSON_FLAG = {json: {summary: 'the same as JSON'}};
const LOG_FLAG = {
  dir: {value: 'DIR', summary: 'the folder of logs, instead of snapshots; relative to the root module'},
};
const LIST_FLAGS = {
  provider: {value: 'PROVIDER', summary: 'only of this provider: digitalocean, aws or command'},
  ...LOG_FLAG,
};

/** The commands of `terraform tm machine`, in the order help lists them. */
export const MACHINE_COMMANDS: readonly LoadedCommand[] = [
  {
    name: 'machine snapshot',
    usage: ['machine snapshot -machine-id ID'],
    summary: "Take a snapshot of a machine's disk, wait until it is there, and log it",
    more: [
      'The module snapshot_on_destroy calls this before terraform destroys the machine; it says in CLOUDTM_MACHINE_ID,',
      'CLOUDTM_MACHINE_NAME and so on what the flags say. CLOUDTM_ON_FAILURE overrules its on_failure for one run.',
    ],
    flags: {
      'machine-id': {value: 'ID', summary: 'the machine, as its provider calls it'},
      'machine-name': {value: 'NAME', summary: "what the log calls it; the provider's name unless given"},
      provider: {value: 'PROVIDER', summary: 'digitalocean (unless given), aws or command'},
      name: {
        value: 'NAME',
        summary: "the snapshot's name; {machine}-snapshot-{YYYYMMDD-HHMMSS} unless given",
      },
      ...LOG_FLAG,
      timeout: {value: 'MINUTES', summary: 'how long to wait, 30 unless given'},
      'on-failure': {value: 'WORD', summary: 'stop, or continue: end with status 0 also without a snapshot'},
      reboot: {summary: 'restart the machine for a consistent snapshot, where the provider can (aws)'},
      ...JSON_FLAG,
    },
    load: async () => (await import('./snapshot.js')).snapshot,
  },
  {
    name: 'machine list',
    usage: ['machine list'],
    summary: 'Show the snapshots of machines: what the logs say joined with what the provider has',
    flags: {machine: {value: 'NAME', summary: 'only of this machine'}, ...LIST_FLAGS, ...JSON_FLAG},
    load: async () => (await import('./list.js')).list,
  },
  {
    name: 'machine show',
    usage: ['machine show SNAPSHOT'],
    summary: 'Show all that is known of a snapshot, by its name or id',
    words: {least: 1, most: 1},
    flags: {...LIST_FLAGS, ...JSON_FLAG},
    load: async () => (await import('./show.js')).show,
  },
  {
    name: 'machine delete',
    usage: ['machine delete SNAPSHOT'],
    summary: 'Delete a snapshot at its provider, after asking',
    words: {least: 1, most: 1},
    flags: {'auto-approve': {alias: 'yes', summary: 'do not ask'}, ...LIST_FLAGS},
    load: async () => (await import('./delete.js')).remove,
  },
  {
    name: 'machine prune',
    usage: ['machine prune -keep-last N', 'machine prune -older-than 30d'],
    summary: 'Delete old snapshots that have a log; without -yes only show which',
    flags: {
      'keep-last': {value: 'N', summary: 'the newest N of each machine stay'},
      'older-than': {value: 'AGE', summary: 'only what is older goes: 90m, 12h, 30d, 8w'},
      name: {value: 'PREFIX', summary: 'only snapshots whose name begins so'},
      machine: {value: 'NAME', summary: 'only of this machine'},
      yes: {alias: 'auto-approve', summary: 'delete them'},
      ...LIST_FLAGS,
      ...JSON_FLAG,
    },
    load: async () => (await import('./prune.js')).prune,
  },
  {
    name: 'machine cost',
    usage: ['machine cost'],
    summary: 'Show what the snapshots cost a month',
    flags: {...LIST_FLAGS, ...JSON_FLAG},
    load: async () => (await import('./cost.js')).cost,
  },
  {
    name: 'machine latest',
    usage: ['machine latest -machine NAME'],
    summary: "Print the id of a machine's newest snapshot, and nothing else",
    flags: {machine: {value: 'NAME', summary: 'the machine'}, ...LIST_FLAGS},
    load: async () => (await import('./latest.js')).latest,
  },
];
