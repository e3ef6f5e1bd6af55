import {askTerraform} from './ask.js';

/** How long (ms) terraform may take to say its version. */
const PATIENCE = 10_000;

/** Ask a terraform for its version, as in `1.11.4`; undefined when it gives none. */
export async function terraformVersion(
  program: string,
  env: Readonly<NodeJS.ProcessEnv>,
  cwd: string,
): Promise<string | undefined> {
  const words = ['version', '-json'];
  const answer = await askTerraform({program, env, cwd, words, patience: PATIENCE});
  try {
    if (answer.kind === 'failed') return undefined;
    const {terraform_version: version} = JSON.parse(answer.output.toString()) as {
      terraform_version?: unknown;
    };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
