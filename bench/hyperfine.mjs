// Two commands measured side by side with hyperfine, in turns: a machine that grows slower does so for both.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {run} from './ground.mjs';

/** On a slow machine no further round is begun after this (ms); two are the least. */
const PATIENCE = 30_000;

/**
 * Measure whole processes.
 *
 * @param hyperfine Path of the program.
 * @param pair `bare` and `cloudtm`: the `command` of each, and what is to `prepare` every single run of it, unmeasured.
 * @param times How many `rounds` at the most, and how many `runs` of each command in a round after one to warm up. The
 *   command that goes first in one round goes second in the next.
 * @returns The median of the rounds' medians for each, in milliseconds.
 */
export async function measurePair(hyperfine, pair, {rounds, runs, folder, cwd, env}) {
  const results = join(folder, 'hyperfine.json');
  const options = [
    '--shell=none',
    '--style=none',
    '--warmup=1',
    `--runs=${runs}`,
    `--export-json=${results}`,
  ];
  const medians = {bare: [], cloudtm: []};
  const started = Date.now();
  for (let round = 0; round < rounds; round += 1) {
    if (round >= 2 && Date.now() - started > PATIENCE) break;
    const order = round % 2 === 0 ? ['bare', 'cloudtm'] : ['cloudtm', 'bare'];
    const prepares = order.flatMap((name) => (pair[name].prepare ? ['--prepare', pair[name].prepare] : []));
    await run([hyperfine, ...options, ...prepares, ...order.map((name) => pair[name].command)], {cwd, env});
    const measured = JSON.parse(readFileSync(results, 'utf8')).results;
    for (const [at, name] of order.entries()) medians[name].push(measured[at].median * 1000);
  }
  return {bare: median(medians.bare), cloudtm: median(medians.cloudtm)};
}

/** Words as the one string hyperfine splits again. */
export function commandLine(words) {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
