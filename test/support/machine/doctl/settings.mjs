import {readFileSync} from 'node:fs';
import {isAbsolute, join} from 'node:path';
import {Failure} from './failure.mjs';

/** Where the configuration file is looked for. It is asked for before all else, so nothing works without. */
export function configFolder(env) {
  if (process.platform === 'darwin') {
    if (!env.HOME) throw new Failure('$HOME is not defined');
    return join(env.HOME, 'Library', 'Application Support');
  }
  if (env.XDG_CONFIG_HOME && !isAbsolute(env.XDG_CONFIG_HOME)) {
    throw new Failure('path in $XDG_CONFIG_HOME is relative');
  }
  if (!env.XDG_CONFIG_HOME && !env.HOME) {
    throw new Failure('neither $XDG_CONFIG_HOME nor $HOME are defined');
  }
  return env.XDG_CONFIG_HOME || join(env.HOME, '.config');
}

/** `name: value` lines, and one level of such lines below a name: all that doctl itself writes. */
function readConfig(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  const config = {};
  let group;
  for (const line of text.split('\n')) {
    const [, indent, name, value] = /^( *)([\w.-]+): *(.*?) *$/.exec(line) ?? [];
    if (name === undefined) continue;
    const plain = value.replace(/^(["'])(.*)\1$/, '$2');
    if (indent !== '') group[name] = plain;
    else if (value === '') group = config[name] = {};
    else config[name] = plain;
  }
  return config;
}

/**
 * What a command runs with: a flag beats the environment, which beats the file.
 *
 * @returns `apiUrl`, `token` (empty or undefined: not logged in), `repeats` and `errorsAsJson`.
 */
export function settingsFrom(flags, env) {
  const file = flags.config ?? env.DIGITALOCEAN_CONFIG ?? join(configFolder(env), 'doctl', 'config.yaml');
  const config = readConfig(file);
  const setting = (name) =>
    flags[name] ?? (env[`DIGITALOCEAN_${name.toUpperCase().replace(/-/g, '_')}`] || config[name]);
  const context = setting('context') || 'default';
  return {
    apiUrl: setting('api-url') || 'https://api.digitalocean.com/',
    // Of the other contexts only the file knows: the environment's token is that of `default`.
    token: context === 'default' ? setting('access-token') : config['auth-contexts']?.[context],
    repeats: Number(setting('http-retry-max') ?? 5),
    errorsAsJson: setting('output') === 'json',
  };
}
