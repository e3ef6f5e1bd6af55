import {requirePlace} from '../capture/place.js';
import {recover} from '../capture/recover.js';
import type {Call} from '../command.js';
import {UserError} from '../errors.js';
import {closingLine} from '../report/closing-line.js';
import {rollbackLine, rollbackStatus as statusText} from '../report/rollback.js';
import {deleteRollback, rollBackTo, rollbackStatus} from '../rollback/isolated.js';

/** `tm rollback`: show, start or end an isolated rollback. */
export async function rollback({context, tm, chdir, has, value}: Call): Promise<number> {
  const place = await requirePlace(context, chdir);
  const to = value('to');
  if (to !== undefined && has('delete')) {
    throw new UserError({kind: 'flags-exclude-each-other', flags: ['--to', '--del']});
  }
  if (has('json') && (to !== undefined || has('delete'))) {
    throw new UserError({
      kind: 'flags-exclude-each-other',
      flags: ['--json', to === undefined ? '--del' : '--to'],
    });
  }
  await recover(context, place, closingLine(context.stderr, false, tm)).catch(() => undefined);
  const say: Parameters<typeof rollBackTo>[3] = (event) => {
    context.stdout.write(rollbackLine(event, tm));
  };
  if (to !== undefined) await rollBackTo(context, place, to, say);
  else if (has('delete')) await deleteRollback(context, place, say);
  else {
    const status = rollbackStatus(place);
    context.stdout.write(
      has('json')
        ? `${JSON.stringify({rollback: status.version, path: status.path, resources: status.resources ?? null}, undefined, 2)}\n`
        : statusText(status.version, status.path, status.resources, tm),
    );
  }
  return 0;
}
