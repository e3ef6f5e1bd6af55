/**
 * Flags a user may keep in `TF_CLI_ARGS`, and that would lead a rollback to another state, to other values or to a part of
 * the configuration.
 */
export const REDIRECTING_FLAGS: ReadonlySet<string> = new Set(
  (
    'chdir state state-out backup backup-out var var-file target exclude replace destroy refresh-only out ' +
    'backend backend-config migrate-state reconfigure force-copy from-module detailed-exitcode help h version v'
  ).split(' '),
);
