#!/usr/bin/env node
// cloudtm launcher
// Stands on PATH where no bash hands on an environment unchanged (install.sh tries). Slower than the bash launcher,
// because every command starts Node, but just as exact. The installer fills in the two paths and the first line.
const bundle = '';
const fallback = '';

const program = require('node:path').basename(process.argv[1]) === 'cloudtm' ? 'cloudtm' : 'terraform';

let present = true;
try {
  require('node:fs').accessSync(bundle, require('node:fs').constants.R_OK);
} catch {
  present = false;
}
if (present) {
  process.env.CLOUDTM_LAUNCH = `launcher=${module.filename}\nprogram=${program}\nfallback=${fallback}`;
  require(bundle);
} else {
  process.stderr.write(`cloudtm: ${bundle} cannot be read, so no version is kept: run install.sh again\n`);
  const {status, signal} = require('node:child_process').spawnSync(
    fallback || '/terraform-not-found',
    process.argv.slice(2),
    {
      stdio: 'inherit',
    },
  );
  if (signal) process.kill(process.pid, signal);
  process.exitCode = status ?? 127;
}
