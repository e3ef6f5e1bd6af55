import {resolve} from 'node:path';
import type {Call, Command} from '../cli/command.js';
import {JSON_FLAG} from '../cli/common-flags.js';
import {UserError} from '../errors.js';
import {confirmed, requireTerminal} from '../cli/confirm.js';
import {rollbackLine, rollbackQuestion, rollbackStatus as statusText} from '../report/rollback.js';
import {rollBackInPlace} from '../rollback/in-place/in-place.js';
import {promoteRollback} from '../rollback/promote.js';
import {isInsideStore} from '../terraform/project.js';
import {openHistory} from '../rollback/open-history.js';
import {deleteRollback, rollbackStatus} from '../rollback/delete-rollback.js';
import {rollBackTo} from '../rollback/isolated.js';
import type {RollbackRequest} from '../rollback/request.js';

/** Flags that only mean something where terraform is run. */
const FOR_A_RUN = ['same-backend', 'var', 'var-file', 'in-place'];
const FOR_IN_PLACE = ['plan', 'destroy-imported', 'no-import', 'with-modules'];

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
  refuseCombinations(call, to);
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
  if (to !== undefined && has('in-place')) {
    if (!has('plan')) await requireTerminal(context, has('auto-approve'));
    const isDone = await rollBackInPlace(
      {
        ...request,
        report,
        confirm: () => confirmed(context, has('auto-approve')),
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
    const confirm = () => confirmed(context, has('auto-approve'));
    if (!(await promoteRollback({...request, report, confirm}))) return 1;
  } else if (to !== undefined) await rollBackTo(request, to, has('same-backend'));
  else if (has('delete')) await deleteRollback(request);
  else {
    const status = await rollbackStatus(context, place);
    context.stdout.write(
      has('json')
        ? `${JSON.stringify({rollback: status.version, path: status.path, resources: status.resources ?? null}, undefined, 2)}\n`
        : statusText(status.version, status.path, status.resources, tm),
    );
  }
  return 0;
}

function refuseCombinations({has}: Call, to: string | undefined): void {
  const refuse = (...flags: string[]) => {
    throw new UserError({kind: 'flags-exclude-each-other', flags});
  };
  if (to !== undefined && has('delete')) refuse('-to', '-del');
  if (has('json') && to !== undefined) refuse('-json', '-to');
  if (has('json') && has('delete')) refuse('-json', '-del');
  if (has('same-backend') && has('delete')) refuse('-same-backend', '-del');
  if (has('in-place') && has('delete')) refuse('-in-place', '-del');
  if (has('in-place') && has('same-backend')) refuse('-in-place', '-same-backend');
  const alone = FOR_IN_PLACE.find((flag) => has(flag) && !has('in-place'));
  if (alone !== undefined)
    throw new UserError({kind: 'flag-needs-another', flag: `-${alone}`, others: ['-in-place']});
  if (has('promote') && to !== undefined) refuse('-promote', '-to');
  if (has('promote') && has('delete')) refuse('-promote', '-del');
  if (has('json') && has('promote')) refuse('-json', '-promote');
  if (has('auto-approve') && !has('in-place') && !has('promote'))
    throw new UserError({
      kind: 'flag-needs-another',
      flag: '-auto-approve',
      others: ['-in-place', '-promote'],
    });
  const idle = FOR_A_RUN.find((flag) => has(flag));
  const others = idle === 'same-backend' ? ['-to'] : ['-to', '-del'];
  if (idle !== undefined && to === undefined && !has('delete'))
    throw new UserError({kind: 'flag-needs-another', flag: `-${idle}`, others});
}
