import {existsSync, readdirSync} from 'node:fs';
import {resolve} from 'node:path';
import {refuseStateElsewhere} from '../project/place.js';
import {AUTO_APPROVE_FLAG, type Call, type Command} from '../cli/command.js';
import {codeOf, UserError} from '../errors.js';
import {NOTHING_CHANGED, rollbackLine} from '../report/rollback.js';
import {confirmed} from '../cli/confirm.js';
import type {RestoreRequest} from '../rollback/request.js';
import {restoreFiles, writeFilesTo} from '../rollback/restore-files.js';
import {restoreState} from '../rollback/restore-state.js';
import {openHistory} from '../rollback/open-history.js';
import {resolveVersion} from '../store/read.js';
import {isInsideStore} from '../terraform/project.js';

/** `tm restore`: bring back the files of a version, or its state, or write its files elsewhere. */
export const restore: Command = {
  usage: ['restore VERSION -config', 'restore VERSION -state', 'restore VERSION -to DIR'],
  summary: "Restore a version's files or state without changing infrastructure",
  words: {least: 1, most: 1},
  flags: {
    config: {summary: 'replace the files; the present ones are kept as a version first'},
    state: {summary: 'replace the state; the present one is kept as a version first'},
    to: {value: 'DIR', summary: 'write the files to this new folder and change nothing else'},
    ...AUTO_APPROVE_FLAG,
    force: {summary: 'with -state: replace the state even if its lineage differs'},
  },
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, report, has, value} = call;
  const to = value('to');
  const kinds = ['config', 'state', 'to'].filter((flag) => has(flag));
  if (kinds.length === 0) throw new UserError({kind: 'restore-what', usage: restore.usage});
  if (kinds.length > 1)
    throw new UserError({kind: 'flags-exclude-each-other', flags: kinds.map((flag) => `-${flag}`)});
  const {place, history} = await openHistory(call, true);
  // `state push` knows no `-state`.
  if (has('state')) refuseStateElsewhere(context, place);
  const [name = ''] = call.words;
  const version = resolveVersion(history, name);
  const {workspace} = version.meta;
  if (workspace !== undefined && workspace !== place.workspace) {
    const selected = place.workspace;
    throw new UserError({kind: 'other-workspace', version: version.name, workspace, selected});
  }
  const request: RestoreRequest = {
    context,
    place,
    version,
    report,
    say: (event) => {
      context.stdout.write(rollbackLine(event, tm));
    },
    confirm: async () => {
      const goesOn = await confirmed(context, has('auto-approve'));
      if (!goesOn) context.stdout.write(NOTHING_CHANGED);
      return goesOn;
    },
  };
  if (to !== undefined) writeFilesTo(request, freshFolder(resolve(context.cwd, to), place.layout.store));
  else {
    const isDone = has('config') ? await restoreFiles(request) : await restoreState(request, has('force'));
    // As terraform apply ends when it is refused.
    if (!isDone) return 1;
  }
  return 0;
}

function freshFolder(path: string, store: string): string {
  if (isInsideStore(path, store))
    throw new UserError({kind: 'folder-taken', path, code: "a folder of cloudtm's own"});
  try {
    if (!existsSync(path) || readdirSync(path).length === 0) return path;
  } catch (error) {
    throw new UserError({kind: 'folder-taken', path, code: codeOf(error)}, {cause: error});
  }
  throw new UserError({kind: 'folder-taken', path, code: 'ENOTEMPTY'});
}
