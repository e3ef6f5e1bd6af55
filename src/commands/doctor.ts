import {JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {describeFinding, findingsText} from '../report/doctor.js';
import {jsonText} from '../report/format.js';
import {openPlace} from '../rollback/open-history.js';
import {checkState} from './doctor/check-state.js';
import {checkStore} from './doctor/check-store.js';
import {checkTerraform} from './doctor/check-terraform.js';

/** `tm doctor`: check what usually goes wrong. Status 1 when something has to be fixed. */
export const doctor: Command = {
  usage: ['doctor'],
  summary: 'Check for common problems and suggest fixes',
  flags: JSON_FLAG,
  run,
};

async function run(call: Call): Promise<number> {
  const {context, tm, has, colour} = call;
  const place = await openPlace(call, false);
  const findings = [
    ...(await checkTerraform(context)),
    ...(await checkState(context, place)),
    ...checkStore(place.layout),
  ].map((finding) => describeFinding(finding, tm));
  context.stdout.write(has('json') ? jsonText(findings) : findingsText(findings, colour));
  return findings.some(({state}) => state === 'problem') ? 1 : 0;
}
