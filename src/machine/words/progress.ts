import type {Output} from '../../context.js';
import {localTime, plain} from '../../report/format.js';
import type {MachineEvent} from '../events.js';

/** How often (ms) progress is reported if not on a terminal. */
const BEAT = 30_000;

/**
 * One line for each step. Progress is one line that is rewritten on a terminal, and a new line every 30 s elsewhere.
 * `end` leaves the terminal at the start of a line.
 *
 * @param directory The folder of logs as the user gave it.
 */
export function machineReport(output: Output, directory: string) {
  let isOpen = false;
  let beats = 0;
  const end = () => {
    if (isOpen) output.write('\n');
    isOpen = false;
  };
  const progress = (text: string, elapsed: number) => {
    if (output.isTTY) {
      output.write(`\r\u001B[K${text}`);
      isOpen = true;
    } else if (elapsed >= (beats + 1) * BEAT) {
      beats = Math.floor(elapsed / BEAT);
      output.write(`${text}\n`);
    }
  };
  const say = (event: MachineEvent) => {
    const describe = WORDS[event.type] as (event: MachineEvent, directory: string) => string;
    const text = describe(event, directory.replace(/\/+$/, ''));
    if (event.type === 'in-progress') {
      progress(text, event.elapsed);
      return;
    }
    end();
    output.write(`${text}\n`);
  };
  return {say, end};
}

type Of<Type extends MachineEvent['type']> = Extract<MachineEvent, {type: Type}>;

const WORDS: {readonly [Type in MachineEvent['type']]: (event: Of<Type>, directory: string) => string} = {
  started: ({noun, machine, before}) =>
    `Creating snapshot of ${noun} ${plain(machine)}${before ? ' before destruction' : ''}...`,
  named: ({name}) => `Creating snapshot: ${plain(name)}`,
  requested: ({action}) => `Snapshot creation initiated. Action ID: ${plain(action)}`,
  waiting: () => 'Waiting for snapshot to complete...',
  'in-progress': ({status, elapsed}) =>
    `Snapshot in progress... Status: ${plain(status)} (${Math.floor(elapsed / 1000)}s elapsed)`,
  created: ({name}) => `✅ Snapshot created successfully: ${plain(name)}`,
  details: ({name, id, sizeGb}) =>
    `Snapshot details: ${plain(name)} ${plain(id)}${sizeGb === null ? '' : ` ${sizeGb}GB`}`,
  logged: ({file}, directory) => `Snapshot log saved to: ${plain(directory)}/${plain(file)}`,
  resumed: ({name, asked, action}) =>
    `Resuming the disk snapshot ${named(name)}started at ${localTime(asked)}; it contains the disk as of that time. ${id(action)}`,
  adopted: ({startedAt, action}) =>
    `A snapshot of this machine has been under way since ${localTime(startedAt)}: waiting for that one, a second one would be paid for too. ${id(action)}`,
  'found-again': ({action}) => `The answer was lost, the snapshot is under way. ${id(action)}`,
  stale: ({name, asked, seen, action}) =>
    `The disk snapshot ${named(name)}started at ${localTime(asked)} has not been waited for since ${localTime(seen)}: ` +
    `it does not contain the disk as it is now. A new one will be taken once it is complete. ${id(action)}`,
  'stale-logged': ({name, file}, directory) =>
    `The disk snapshot ${plain(name)} is kept; its log is ${plain(directory)}/${plain(file)}`,
  'earlier-failed': ({name, words, action}) =>
    `The disk snapshot ${named(name)}of an earlier run failed${words === '' ? '' : ` (${plain(words)})`}. ${id(action)}`,
  retrying: ({words, busy, after}) =>
    `${busy ? 'The machine is busy' : 'No success yet'}: ${plain(words.replace(/\.$/, ''))}. ` +
    `Trying again in ${Math.max(1, Math.round(after / 1000))}s...`,
  'other-process': ({path}) =>
    `Another process is taking a snapshot of this machine: waiting for it... (If there is none, remove ${plain(path)})`,
  'continuing-without': ({machine}) =>
    `⚠️  NO DISK SNAPSHOT of machine ${plain(machine)} WAS COMPLETED, AND THE MACHINE WILL BE DESTROYED ANYWAY: on_failure is "continue".`,
};

function named(name: string): string {
  return name === '' ? '' : `${plain(name)} `;
}

function id(action: string): string {
  return `Action ID: ${plain(action)}`;
}
