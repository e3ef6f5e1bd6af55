/** How long (ms) terraform may take to say its version; without network it waits for its update check. */
const PATIENCE = 10_000;

/** Ask a terraform for its version, as in `1.11.4`; undefined when it gives none. */
export async function terraformVersion(
  path: string,
  env: Readonly<NodeJS.ProcessEnv>,
  cwd: string,
): Promise<string | undefined> {
  const {execa} = await import('execa');
  const result = await execa(path, ['version', '-json'], {
    cwd,
    // Flags for other commands that a user keeps here would make it print something else.
    env: {...env, TF_CLI_ARGS: undefined, TF_CLI_ARGS_version: undefined, CHECKPOINT_DISABLE: '1'},
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: PATIENCE,
  });
  try {
    const {terraform_version: version} = JSON.parse(result.stdout) as {terraform_version?: unknown};
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
