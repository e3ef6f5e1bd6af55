// A stand-in for `doctl`, DigitalOcean's own program: the commands that cloudtm asks for, with `-o json`, as doctl 1.166
// answers them. test/machine/stand-in-doctl.test.ts holds it to the real one.
//
// It differs in this: its pauses before it repeats a request are short, and it knows no output but JSON.
import {parse} from './command-line.mjs';
import {COMMANDS} from './commands.mjs';
import {Failure} from './failure.mjs';
import {configFolder, settingsFrom} from './settings.mjs';

/** JSON with the escapes of Go's encoder. */
function toJson(value, indent) {
  return JSON.stringify(value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What is said to words that are no command: an error only if already the first is unknown, otherwise help and success. */
function showCommands(words) {
  const groups = Object.keys(COMMANDS).flatMap((name) => {
    const parts = name.split(' ');
    return parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join(' '));
  });
  const group = [2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => groups.includes(name));
  if (group !== undefined || words.length === 0) {
    process.stdout.write(`Usage:\n  ${['doctl', group, '[command]'].filter(Boolean).join(' ')}\n`);
    return;
  }
  process.stderr.write(`Error: unknown command "${words[0]}" for "doctl"\nRun 'doctl --help' for usage.\n`);
  process.exitCode = 255;
}

/** Do what a command line says. Throws a `Failure` that is to be told as text. */
async function main(words, env) {
  try {
    configFolder(env);
  } catch (error) {
    // Before it has read anything, it has nowhere else to say so.
    process.stdout.write(`Error: ${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const {name, command, flags, args} = parse(words, COMMANDS);
  if (!command) {
    showCommands(args);
    return;
  }
  const settings = settingsFrom(flags, env);
  try {
    if (name !== 'version' && !settings.token) {
      throw new Failure(
        "Unable to initialize DigitalOcean API client: access token is required. (hint: run 'doctl auth init')",
      );
    }
    const said = await command.run({settings, flags, args});
    if (said.json !== undefined && flags.output !== 'json')
      throw new Error('the stand-in knows only -o json');
    process.stdout.write(said.text ?? toJson(said.json, 2));
  } catch (error) {
    if (!(error instanceof Failure) || !settings.errorsAsJson) throw error;
    process.stdout.write(`${toJson({errors: [{detail: error.message}]})}\n`);
    process.exitCode = 1;
  }
}

try {
  await main(process.argv.slice(2), process.env);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.exitCode = error.status;
  // What is wrong with a command line stands on both.
  if (error.status === 255) process.stdout.write(`${error.message}\n`);
  process.stderr.write(
    `Error: ${error.message}\n${error.status === 255 ? 'Usage:\n  doctl [command]\n' : ''}`,
  );
}
