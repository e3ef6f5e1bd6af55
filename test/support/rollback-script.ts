import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Sandbox} from './sandbox.js';
import {STATE_SCRIPT} from './scripts.js';

/**
 * A terraform of a few lines for what plans, asks and applies: its state is what `main.tf` says, a saved plan is a copy of
 * that. What `on` gives it runs first.
 */
export const PLANNING = `${STATE_SCRIPT}
verb=$1
for last; do :; done
next=$(($(sed -n 's/.*"serial":\\([0-9]*\\).*/\\1/p' terraform.tfstate 2>/dev/null || echo 0) + 1))
hook=$(dirname "$0")/on-$verb
if [ -e "$hook" ]; then . "$hook"; fi
case $verb in
  version) echo '{"terraform_version":"1.11.4"}' ;;
  show) echo '{"resource_changes":[]}' ;;
  init) echo "init with $(cat main.tf)" ;;
  plan) echo "plan of $(cat main.tf)"; cp main.tf "\${last#-out=}"; exit 2 ;;
  apply)
    echo apply
    if [ -e "$last" ]; then from=$last; else from=main.tf; fi
    write_state $next "web=$(cat "$from")" ;;
  destroy) write_state $next ;;
esac`;

/** Have the stand-in do something first at a verb; undefined for nothing any more. */
export function on(box: Sandbox, verb: string, script: string | undefined): void {
  const hook = join(box.real, '..', `on-${verb}`);
  if (script === undefined) rmSync(hook);
  else writeFileSync(hook, script);
}
