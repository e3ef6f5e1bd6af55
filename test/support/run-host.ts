// A program of the tests: does with src/terraform/run.ts what the intercept path does, and nothing else.
// Arguments: a JSON text {launch, notes}, the program to run, its arguments. It runs in our environment.
import {appendFileSync} from 'node:fs';
import {exitAs} from '../../src/terraform/exit.js';
import {runTerraform, type RunRequest} from '../../src/terraform/run.js';
import {holdSignals} from '../../src/terraform/signals.js';

const [setting = '{}', program = '', ...argv] = process.argv.slice(2);
const {launch, notes} = JSON.parse(setting) as {launch: RunRequest['launch']; notes: string};
const signals = holdSignals({
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  raise: (signal) => process.kill(process.pid, signal),
});
const note = (fact: unknown): void => {
  appendFileSync(notes, `${JSON.stringify(fact)}\n`);
};
const run = runTerraform({program, argv, env: process.env, launch, signals, onExit: note});
note({pid: run.pid});
void run.exited.then((exit) => {
  exitAs(exit, signals, (status) => {
    process.exit(status);
  });
});
