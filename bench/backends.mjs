// `apply` with the state in each backend, bare against through the shim: what is added are the questions for the state.
// The servers are the tests' own, on this machine: over a network each question takes its round trips as well.
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {build} from 'esbuild';
import {repository} from './ground.mjs';
import {measureApplies} from './small-project.mjs';

export async function measureBackends(bench) {
  const rows = [];
  for (const backend of await loadBackends(bench.folder)) {
    const missing = backend.missing();
    if (missing === undefined) rows.push(...(await measureBackend(bench, backend)));
    else process.stderr.write(`  ${backend.name} is left out: ${missing}\n`);
  }
  return rows;
}

async function measureBackend(bench, backend) {
  const running = await backend.start();
  try {
    const times = bench.quick ? {rounds: 2, runs: 5} : {rounds: 4, runs: 7};
    const {changing, unchanging} = await measureApplies({
      ...bench,
      env: {...bench.env, ...running.env},
      times,
      name: `state-${backend.name.replaceAll(/\W+/g, '-')}`,
      files: () => running.files(),
    });
    return [
      {what: `${backend.name}: \`apply\` that changes something`, against: 'bare', ...changing},
      {what: `${backend.name}: \`apply\` that changes nothing`, against: 'bare', ...unchanging},
    ];
  } finally {
    await running.stop();
  }
}

/** The backends of the tests, which are written in TypeScript. */
async function loadBackends(folder) {
  const source = join(repository, 'test', 'support', 'backends');
  const outfile = join(folder, 'backends.mjs');
  await build({
    entryPoints: [join(source, 'backends.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // test/support/repository.ts tells from where it lies what the repository is.
    define: {'import.meta.dirname': JSON.stringify(join(source, '..'))},
    logLevel: 'warning',
  });
  return (await import(pathToFileURL(outfile))).BACKENDS;
}
