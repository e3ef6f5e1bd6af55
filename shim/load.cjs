// Starts the bundle that is named first on the command line, with the code V8 compiled of it when it was built: that
// saves some ten milliseconds of each start. A cache that is missing or of another Node only costs that time.
const {readFileSync, writeFileSync} = require('node:fs');
const {wrap} = require('node:module');
const {dirname} = require('node:path');
const {Script} = require('node:vm');

// As if Node had been started with the bundle itself.
process.argv.splice(1, 1);
const bundle = process.argv[1];
const cache = bundle.replace(/\.cjs$/, '.cache');

const source = readFileSync(bundle, 'utf8');
// The first line of the bundle names its build, the first bytes of the cache the build it was made from.
const id = source.slice(0, source.indexOf('\n'));

function cachedData() {
  try {
    const data = readFileSync(cache);
    return data.toString('latin1', 0, id.length) === id ? data.subarray(id.length) : undefined;
  } catch {
    return undefined;
  }
}

const script = new Script(wrap(source), {filename: bundle, cachedData: cachedData()});

// Asked by scripts/build.mjs, after everything a run needs was compiled.
if (process.env.CLOUDTM_WRITE_CACHE === '1') {
  delete process.env.CLOUDTM_WRITE_CACHE;
  process.on('exit', () => writeFileSync(cache, Buffer.concat([Buffer.from(id), script.createCachedData()])));
}

script.runInThisContext()(exports, require, module, bundle, dirname(bundle));
