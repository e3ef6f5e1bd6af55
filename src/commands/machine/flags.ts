/** The folder of the logs. */
export const LOG_FLAG = {
  dir: {value: 'DIR', summary: 'the folder of the logs, relative to the root module; snapshots by default'},
};

/** Which disk snapshots a command is about. */
export const LIST_FLAGS = {
  provider: {value: 'PROVIDER', summary: 'only those of this provider: digitalocean, aws or command'},
  ...LOG_FLAG,
};

export const MACHINE_FLAG = {machine: {value: 'NAME', summary: 'only those of this machine'}};
