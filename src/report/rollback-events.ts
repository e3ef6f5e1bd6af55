/** The steps of an isolated rollback, told on the terminal as they happen. */
export type RollbackEvent =
  | {type: 'state-empty'; path: string}
  | {type: 'none-active'}
  | {type: 'version-found'; version: string; workspace: string}
  | {type: 'leftover-removed'; path: string}
  | {type: 'copied'; version: string; path: string}
  | {type: 'running'; command: string}
  | {type: 'initialized'}
  | {type: 'recorded'; version: string}
  /** The copy does not use the backend of the version, so that nothing done there reaches a state that others use. */
  | {type: 'backend-replaced'; backend: string}
  | {type: 'deployed'; version: string; path: string; resources: number; sameBackend: boolean}
  | {type: 'active'; version: string; path: string; resources: number | undefined}
  | {type: 'destroyed'; version: string}
  | {type: 'folder-removed'; path: string}
  | {type: 'ended'; version: string};
