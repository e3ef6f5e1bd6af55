import {Failure} from './failure.mjs';

/** Flags of all commands, by name: whether they take a value. */
const GLOBAL_FLAGS = {
  'access-token': true,
  'api-url': true,
  config: true,
  context: true,
  help: false,
  'http-retry-max': true,
  'http-retry-wait-max': true,
  'http-retry-wait-min': true,
  interactive: false,
  output: true,
  trace: false,
  verbose: false,
};
const SHORT_FLAGS = {t: 'access-token', u: 'api-url', c: 'config', h: 'help', o: 'output', v: 'verbose'};

/**
 * Take a command line apart as doctl does: flags may stand anywhere, `--name value` and `--name=value` are the same.
 *
 * @param commands By their words: `flags` (name to whether it takes a value) and maybe `short` (letter to name).
 * @returns The command's words and what stands under them, both empty for none; its flags and its arguments, as text.
 */
export function parse(words, commands) {
  const name = commandIn(words, commands);
  const command = commands[name];
  const known = {...GLOBAL_FLAGS, ...command?.flags};
  const short = {...SHORT_FLAGS, ...command?.short};
  const flags = {};
  const args = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const [, dashes, flag, , given] = /^(--?)([^=]+)(=(.*))?$/s.exec(word) ?? [];
    if (word === '--') {
      args.push(...words.slice(at + 1));
      break;
    }
    if (flag === undefined) {
      args.push(word);
      continue;
    }
    const long = dashes === '-' ? short[flag[0]] : flag;
    if (long === undefined || !(long in known)) {
      const told = dashes === '-' ? `shorthand flag: '${flag[0]}' in ${word}` : `flag: --${flag}`;
      throw new Failure(`unknown ${told}`, 255);
    }
    // What is glued to a short flag is its value: `-ojson`.
    const glued = dashes === '-' && flag.length > 1 ? flag.slice(1) : undefined;
    if (!known[long]) flags[long] = given ?? 'true';
    else if ((given ?? glued) !== undefined) flags[long] = given ?? glued;
    else if (at + 1 < words.length) flags[long] = words[(at += 1)];
    else throw new Failure(`flag needs an argument: ${dashes === '-' ? `'${flag}' in ${word}` : word}`, 255);
  }
  return {name, command, flags, args: args.slice(command ? name.split(' ').length : 0)};
}

/** The longest command whose words stand first among the words that are neither flags nor their values. */
function commandIn(words, commands) {
  const known = Object.assign({}, GLOBAL_FLAGS, ...Object.values(commands).map(({flags}) => flags));
  const takesValue = (word = '') => {
    const [, dashes, flag] = /^(--?)([^=]+)$/.exec(word) ?? [];
    return flag !== undefined && known[dashes === '-' ? SHORT_FLAGS[flag] : flag] === true;
  };
  const plain = words.filter((word, at) => !word.startsWith('-') && !takesValue(words[at - 1]));
  return [3, 2, 1].map((count) => plain.slice(0, count).join(' ')).find((name) => name in commands) ?? '';
}
