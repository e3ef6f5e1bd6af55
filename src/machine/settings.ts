import {join} from 'node:path';
import {MachineError} from './problems.js';
import {readJson} from '../store/disk.js';

/** What `.cloudtm.json` in the root module says about machines. */
export interface MachineSettings {
  /** In US dollars a GB and month, by provider. */
  readonly rates: Readonly<Record<string, number>>;
  /** The user's own program for the provider `command`, and its first arguments. */
  readonly command: readonly string[];
}

const FILE = '.cloudtm.json';

/**
 * Read `.cloudtm.json`: `{"machine": {"rates": {"digitalocean": 0.05}, "command": ["./images", "--quiet"]}}`. All of it
 * may be missing; other fields are somebody else's.
 *
 * @throws MachineError `settings-unusable`.
 */
export function readSettings(root: string): MachineSettings {
  const path = join(root, FILE);
  const refuse = (reason: string) => new MachineError({kind: 'settings-unusable', path, reason});
  const read = readJson(path);
  if (read.kind === 'missing') return {rates: {}, command: []};
  if (read.kind === 'damaged') throw refuse(read.reason);
  if (!isRecord(read.value)) throw refuse('not an object');
  const machine = read.value.machine ?? {};
  if (!isRecord(machine)) throw refuse('"machine" is no object');
  const {rates = {}, command = []} = machine;
  if (!isRecord(rates)) throw refuse('"machine.rates" is no object');
  for (const [provider, rate] of Object.entries(rates)) {
    if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0)
      throw refuse(`"machine.rates.${provider}" is no number from 0 on`);
  }
  const isWords = Array.isArray(command) && command.every((word) => typeof word === 'string');
  if (!isWords) throw refuse('"machine.command" is no list of texts: ["PROGRAM", "ARGUMENT"]');
  return {rates: rates as Record<string, number>, command};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
