// `npm run bench`, `npm run bench -- --quick`: what cloudtm costs, side by side with what a user would run without it.
// Needs dist/, the real terraform, hyperfine and rsync; moto and PostgreSQL are measured where they are. Prints one table;
// whether a budget holds is information. Ends with status 1 only when something cannot be measured. Takes about 2 minutes
// on a quiet machine, 1 with --quick.
import {availableParallelism, loadavg} from 'node:os';
import {parseArgs} from 'node:util';
import {measureBackends} from './backends.mjs';
import {CannotMeasure, installShim, programOnPath, scrubbedEnvironment, temporaryFolder} from './ground.mjs';
import {measureLargeProject} from './large-project.mjs';
import {measureApply, measureVersion} from './small-project.mjs';
import {table} from './table.mjs';

async function main() {
  const {quick} = parseArgs({options: {quick: {type: 'boolean', default: false}}}).values;
  const tools = {
    terraform: programOnPath('terraform', 'the benchmarks measure the real one'),
    hyperfine: programOnPath('hyperfine', 'apt-get install hyperfine, or brew install hyperfine'),
    rsync: programOnPath('rsync', 'apt-get install rsync, or brew install rsync'),
  };
  const folder = temporaryFolder();
  tools.shim = installShim(folder, tools.terraform);
  const env = scrubbedEnvironment(folder, tools.shim, tools.terraform);

  const bench = {tools, folder, env, quick};
  const rows = [];
  const measures = {
    'a command that cannot change state': measureVersion,
    'apply on a small project': measureApply,
    'a version of a large project': measureLargeProject,
    'apply with state elsewhere': measureBackends,
  };
  for (const [what, measure] of Object.entries(measures)) {
    process.stderr.write(`measuring ${what} …\n`);
    rows.push(...(await measure(bench)));
  }
  const load = loadavg()[0].toFixed(1);
  process.stdout.write(
    `${table(rows)}\nNode ${process.version}, ${availableParallelism()} processors, load ${load}\n`,
  );
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CannotMeasure) && error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw error;
  process.stderr.write(`bench: cannot measure: ${error.message}\n`);
  process.exit(1);
}
