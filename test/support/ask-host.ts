// A program of the tests: asks on its terminal as bin.ts does, and prints what it got as JSON.
// Arguments: `hidden` or `shown`, for each question to ask.
import {askOnTerminal} from '../../src/cli/terminal.js';

const answers: (string | null)[] = [];
for (const [index, how] of process.argv.slice(2).entries()) {
  answers.push((await askOnTerminal(`question ${index}: `, {hidden: how === 'hidden'})) ?? null);
}
process.stdout.write(`answers ${JSON.stringify(answers)}\n`);
