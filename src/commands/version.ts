import type {Call} from '../cli/command.js';
import {UserError} from '../errors.js';
import {locate} from '../terraform/locate.js';
import {terraformVersion} from '../terraform/version.js';
import {cloudtmVersion} from '../version.js';

/** `tm version`: our version, and the terraform that runs. */
export async function version({context, has}: Call): Promise<number> {
  const real = locate(context);
  if (real.kind === 'not-found') throw new UserError({...real, kind: 'terraform-not-found'});
  const terraform = await terraformVersion(real.path, real.env, context.cwd);
  context.stdout.write(
    has('json')
      ? `${JSON.stringify({cloudtm: cloudtmVersion, terraform: {path: real.path, version: terraform ?? null}}, undefined, 2)}\n`
      : `cloudtm ${cloudtmVersion}\nterraform ${terraform ?? '(version unknown)'} (${real.path})\n`,
  );
  return 0;
}
