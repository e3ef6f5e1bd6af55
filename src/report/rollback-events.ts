/** The steps of an isolated rollback, told on the terminal as they happen. */
export type RollbackEvent =
  | {type: 'state-empty'; path: string}
  | {type: 'none-active'}
  | {type: 'version-found'; version: string}
  | {type: 'leftover-removed'; path: string}
  | {type: 'copied'; version: string; path: string}
  | {type: 'running'; command: string}
  | {type: 'initialized'}
  | {type: 'recorded'; version: string}
  | {type: 'deployed'; version: string; path: string; resources: number}
  | {type: 'active'; version: string; path: string; resources: number | undefined}
  | {type: 'destroyed'; version: string}
  | {type: 'folder-removed'; path: string}
  | {type: 'ended'; version: string};
