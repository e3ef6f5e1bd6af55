import {resolve} from 'node:path';
import {JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {UserError} from '../errors.js';
import {confirmed, requireTerminal} from '../cli/confirm.js';
import {rollbackLine, rollbackQuestion, rollbackStatus as statusText} from '../report/rollback.js';
import {rollBackInPlace} from '../rollback/in-place/in-place.js';
import {promoteRollback} from '../rollback/promote.js';
import {isInsideStore} from '../terraform/project.js';
import {openHistory} from '../rollback/open-history.js';
import {deleteRollback} from '../rollback/delete-rollback.js';
import {rollBackTo} from '../rollback/isolated.js';
import {countPresent, rootOf} from '../rollback/rollback-folder.js';
import type {RollbackRequest} from '../rollback/request.js';

/** `tm rollback`: show, start or end an isolated rollback. */
export const rollback: Command = {
  usage: [
    'rollback',
    'rollback -to VERSION',
    'rollback -to VERSION -in-place',
    'rollback -promote',
    'rollback -del',
  ],
  summary: 'Roll back to a version, or show, promote or destroy the active rollback',
  flags: {
    to: {
      value: 'VERSION',
      summary: 'deploy this version from .cloudtm/rollback/; everything must be destroyed first',
    },
    delete: {alias: 'del', summary: 'destroy what the active rollback deployed, and end the rollback'},
    'in-place': {summary: "plan and apply the version's configuration against what is deployed now"},
    plan: {summary: 'with -in-place: only show the plan; nothing is changed'},
    promote: {summary: 'make the files and the state of the active rollback those of the project'},
    'auto-approve': {summary: 'with -in-place or -promote: do not ask for approval'},
    'destroy-imported': {
      summary: 'with -in-place: destroy resources imported since the version, instead of forgetting them',
    },
    'no-import': {
      summary: 'with -in-place: do not re-import resources removed from the state since the version',
    },
    'with-modules': {summary: 'with -in-place: also restore modules outside of this folder'},
    'same-backend': {
      summary: "store the rollback's state in the version's own backend instead of the rollback's folder",
    },
    var: {value: 'NAME=VALUE', summary: 'set a variable, overriding the recorded value; may be repeated'},
    'var-file': {value: 'FILE', summary: 'set variables from this file; may be repeated'},
    ...JSON_FLAG,
  },
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, report, has, value} = call;
  const to = value('to');
  refuseCombinations(call);
  const {place, history} = await openHistory(call, to !== undefined || has('delete') || has('promote'));
  if (isInsideStore(place.root, place.layout.store))
    throw new UserError({kind: 'inside-store', path: place.root});
  const request: RollbackRequest = {
    context,
    place,
    given: {
      vars: call.values('var'),
      varFiles: call.values('var-file').map((file) => resolve(place.root, file)),
    },
    say: (event) => {
      context.stdout.write(rollbackLine(event, tm));
    },
    ask: (question) => context.ask(rollbackQuestion(question), {hidden: question.type === 'value'}),
  };
  const project = {...request, report, confirm: () => confirmed(context, has('auto-approve'))};
  if (to !== undefined && has('in-place')) {
    if (!has('plan')) await requireTerminal(context, has('auto-approve'));
    const isDone = await rollBackInPlace(
      {
        ...project,
        planOnly: has('plan'),
        destroyImported: has('destroy-imported'),
        withoutImports: has('no-import'),
        withModules: has('with-modules'),
      },
      to,
    );
    // As terraform apply ends when it is refused.
    if (!isDone) return 1;
  } else if (has('promote')) {
    if (history.rollback === '') throw new UserError({kind: 'no-rollback'});
    await requireTerminal(context, has('auto-approve'));
    if (!(await promoteRollback(project))) return 1;
  } else if (to !== undefined) await rollBackTo(request, to, has('same-backend'));
  else if (has('delete')) await deleteRollback(request);
  else {
    const [version, path] = [history.rollback, rootOf(place.layout)];
    const resources = await countPresent(context, place);
    context.stdout.write(
      has('json')
        ? `${JSON.stringify({rollback: version, path, resources: resources ?? null}, undefined, 2)}\n`
        : statusText(version, path, resources, tm),
    );
  }
  return 0;
}

function refuseCombinations({has}: Call): void {
  const spelled = (flag: string) => (flag === 'delete' ? '-del' : `-${flag}`);
  const exclude = (flag: string, ...others: readonly string[]) => {
    const other = others.find((each) => has(flag) && has(each));
    if (other !== undefined)
      throw new UserError({kind: 'flags-exclude-each-other', flags: [flag, other].map(spelled)});
  };
  const need = (flags: readonly string[], ...others: readonly string[]) => {
    const alone = flags.find((flag) => has(flag) && !others.some(has));
    if (alone !== undefined)
      throw new UserError({kind: 'flag-needs-another', flag: `-${alone}`, others: others.map(spelled)});
  };
  exclude('to', 'delete');
  exclude('json', 'to', 'delete');
  exclude('same-backend', 'delete');
  exclude('in-place', 'delete', 'same-backend');
  need(['plan', 'destroy-imported', 'no-import', 'with-modules'], 'in-place');
  exclude('promote', 'to', 'delete');
  exclude('json', 'promote');
  need(['auto-approve'], 'in-place', 'promote');
  need(['same-backend'], 'to');
  need(['var', 'var-file', 'in-place'], 'to', 'delete');
}
