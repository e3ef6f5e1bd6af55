import type {Output} from '../../context.js';
import {unreachable} from '../../errors.js';
import type {MachineEvent} from '../events.js';
import {localTime, plain} from '../../report/format.js';

/** Away from a terminal it is said this often (ms) that an image is being waited for. */
const BEAT = 30_000;

/** Tells the steps of taking an image; `end` leaves the terminal at the start of a line. */
export interface MachineReport {
  readonly say: (event: MachineEvent) => void;
  readonly end: () => void;
}

/**
 * One line for each step. How far the image is, is one line that is written again and again on a terminal, and a new line
 * every 30 s elsewhere.
 *
 * @param directory The folder of logs as the user said it.
 */
export function machineReport(output: Output, directory: string): MachineReport {
  let isOpen = false;
  let beats = 0;
  const end = () => {
    if (isOpen) output.write('\n');
    isOpen = false;
  };
  const status = (text: string, elapsed: number) => {
    if (output.isTTY) {
      output.write(`\r\u001B[K${text}`);
      isOpen = true;
    } else if (elapsed >= (beats + 1) * BEAT) {
      beats = Math.floor(elapsed / BEAT);
      output.write(`${text}\n`);
    }
  };
  return {
    say: (event) => {
      if (event.type === 'in-progress') {
        const seconds = Math.floor(event.elapsed / 1000);
        status(`Snapshot in progress... Status: ${plain(event.status)} (${seconds}s elapsed)`, event.elapsed);
        return;
      }
      end();
      output.write(`${words(event, directory)}\n`);
    },
    end,
  };
}

type Told = Exclude<MachineEvent, {type: 'in-progress'}>;

function words(event: Told, directory: string): string {
  switch (event.type) {
    case 'started':
      return `Creating snapshot of ${event.noun} ${plain(event.machine)}${event.before ? ' before destruction' : ''}...`;
    case 'named':
      return `Creating snapshot: ${plain(event.name)}`;
    case 'requested':
      return `Snapshot creation initiated. Action ID: ${plain(event.action)}`;
    case 'waiting':
      return 'Waiting for snapshot to complete...';
    case 'created':
      return `✅ Snapshot created successfully: ${plain(event.name)}`;
    case 'details':
      return `Snapshot details: ${plain(event.name)} ${plain(event.id)}${sizeWords(event.sizeGb)}`;
    case 'logged':
      return `Snapshot log saved to: ${logIn(directory, event.file)}`;
    case 'resumed':
      return (
        `Going on with the snapshot ${named(event.name)}that was begun at ${localTime(event.asked)}: it holds the disk of then. ` +
        `Action ID: ${plain(event.action)}`
      );
    case 'adopted':
      return (
        `A snapshot of this machine has been under way since ${localTime(event.startedAt)}: waiting for that one, a second one would be ` +
        `paid for too. Action ID: ${plain(event.action)}`
      );
    case 'found-again':
      return `The answer was lost, the snapshot is under way. Action ID: ${plain(event.action)}`;
    case 'stale':
      return (
        `A snapshot ${named(event.name)}was begun at ${localTime(event.asked)}, and nobody has waited for it since ${localTime(event.seen)}: ` +
        `it does not hold the disk of now. A new one is taken as soon as it is done. Action ID: ${plain(event.action)}`
      );
    case 'stale-logged':
      return `The snapshot ${plain(event.name)} is kept, its log is ${logIn(directory, event.file)}`;
    case 'earlier-failed':
      return (
        `The snapshot ${plain(event.name)} of an earlier run came to nothing` +
        `${event.words === '' ? '' : ` (${plain(event.words)})`}. Action ID: ${plain(event.action)}`
      );
    case 'retrying': {
      const seconds = Math.max(1, Math.round(event.after / 1000));
      const why = event.busy ? 'The machine is busy' : 'No success yet';
      return `${why}: ${plain(event.words.replace(/\.$/, ''))}. Trying again in ${seconds}s...`;
    }
    case 'other-process':
      return `Another process is taking a snapshot of this machine: waiting for it... (If there is none, remove ${plain(event.path)})`;
    case 'continuing-without':
      return (
        `⚠️  NO SNAPSHOT WAS COMPLETED of machine ${plain(event.machine)}, AND IT WILL BE DESTROYED ALL THE SAME: ` +
        'on_failure is "continue".'
      );
    default:
      return unreachable(event);
  }
}

function named(name: string): string {
  return name === '' ? '' : `${plain(name)} `;
}

function logIn(directory: string, file: string): string {
  return `${plain(directory.replace(/\/+$/, ''))}/${plain(file)}`;
}

function sizeWords(sizeGb: number | null): string {
  return sizeGb === null ? '' : ` ${sizeGb}GB`;
}
