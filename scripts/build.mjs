// Bundles src/bin.ts into one file, `dist/cloudtm.cjs`. CommonJS, because Node 20 starts it some milliseconds sooner
// than an ES module; everything behind `await import()` is evaluated only when it is reached. With `--source-map` a debugger
// finds the sources.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {build} from 'esbuild';

const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const withSourceMap = process.argv.includes('--source-map');
const {outputFiles} = await build({
  write: false,
  sourcemap: withSourceMap ? 'linked' : false,
  entryPoints: ['src/bin.ts'],
  outfile: 'dist/cloudtm.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  define: {CLOUDTM_VERSION: JSON.stringify(version), 'import.meta.url': '__importMetaUrl'},
  // The launcher asks whether Node gets as far as this line. No command of terraform's or ours begins with that word.
  banner: {
    js: 'if(process.argv[2]==="--starts"){require("fs").writeSync(1,"started");process.exit(0)}const __importMetaUrl = require("url").pathToFileURL(__filename).href;',
  },
  loader: {'.bash': 'text', '.zsh': 'text', '.fish': 'text'},
  logLevel: 'warning',
});

// The loader tells by this line whether a cache belongs to a bundle; V8 would compare their lengths only.
const [{contents}] = outputFiles.filter(({path}) => path.endsWith('.cjs'));
const id = createHash('sha256').update(contents).digest('hex');
mkdirSync('dist', {recursive: true});
writeFileSync('dist/cloudtm.cjs', `//${id}\n${Buffer.from(contents)}`);
rmSync('dist/cloudtm.cjs.map', {force: true});
if (withSourceMap) writeSourceMap();
copyFileSync('shim/load.cjs', 'dist/load.cjs');
rmSync('dist/cloudtm.cache', {force: true});
compile();

// The line that names the build stands in front of the lines esbuild counted.
function writeSourceMap() {
  const map = JSON.parse(outputFiles.find(({path}) => path.endsWith('.map')).text);
  writeFileSync('dist/cloudtm.cjs.map', JSON.stringify({...map, mappings: `;${map.mappings}`}));
}

// One apply in a throwaway project, with a script in terraform's place: what it needed is what the cache holds.
function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtm-build-'));
  try {
    const terraform = join(folder, 'stand-in');
    const state = JSON.stringify({
      version: 4,
      serial: 1,
      lineage: 'x',
      terraform_version: '1.0.0',
      resources: [],
    });
    writeFileSync(terraform, `#!/bin/sh\nprintf '%s' '${state}' >terraform.tfstate\n`, {mode: 0o755});
    writeFileSync(join(folder, 'main.tf'), '');
    execFileSync(process.execPath, [resolve('dist/load.cjs'), resolve('dist/cloudtm.cjs'), 'apply'], {
      cwd: folder,
      env: {
        PATH: '/usr/bin:/bin',
        CLOUDTM_TERRAFORM: terraform,
        CLOUDTM_QUIET: '1',
        CLOUDTM_WRITE_CACHE: '1',
      },
      stdio: 'inherit',
    });
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
