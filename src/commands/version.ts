import {JSON_FLAG, type Call, type Command} from '../cli/command.js';
import {bindTerraform} from '../terraform/bound.js';
import {requireTerraform} from '../terraform/locate.js';
import {cloudtmVersion} from '../version.js';

/** `tm version`: our version, and the terraform that runs. */
export const version: Command = {
  usage: ['version'],
  summary: 'Show the versions of cloudtm and of the terraform it runs',
  flags: JSON_FLAG,
  run,
};

async function run({context, has}: Call): Promise<number> {
  const real = requireTerraform(context);
  const terraform = await bindTerraform(context, context.cwd).version();
  context.stdout.write(
    has('json')
      ? `${JSON.stringify({cloudtm: cloudtmVersion, terraform: {path: real.path, version: terraform ?? null}}, undefined, 2)}\n`
      : `cloudtm ${cloudtmVersion}\nterraform ${terraform ?? '(version unknown)'} (${real.path})\n`,
  );
  return 0;
}
