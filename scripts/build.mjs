// Bundles src/bin.ts into one file: `dist/cloudtm.cjs`. CommonJS, because Node 20 starts it some milliseconds sooner
// than an ES module; everything behind `await import()` is evaluated only when it is reached.
import {readFileSync} from 'node:fs';
import {build} from 'esbuild';

const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

await build({
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
  banner: {js: 'const __importMetaUrl = require("url").pathToFileURL(__filename).href;'},
  logLevel: 'warning',
});
