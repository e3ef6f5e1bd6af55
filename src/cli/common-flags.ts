/** Flags that several commands have. */
export const JSON_FLAG = {json: {summary: 'print the result as JSON'}};
export const PAGER_FLAG = {'no-pager': {summary: 'do not use a pager ($PAGER, or less)'}};
export const ALL_WORKSPACES_FLAG = {
  'all-workspaces': {summary: 'include every workspace, not only the selected one'},
};
export const AUTO_APPROVE_FLAG = {'auto-approve': {summary: 'do not ask for approval'}};
