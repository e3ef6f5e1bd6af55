/** The arrows of docs/architecture.md: every folder may import what stands below it, and nothing else. */
/** What happened, as data; the words for it are in the other files of report/. */
const EVENTS = '^src/report/(events|machine-events|rollback-events|restore-events)\\.ts$';

const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: {path: from},
  to: {path: '^src/', pathNot: [from, ...allowed, '^src/(context|errors|regular-file)\\.ts$', EVENTS]},
});

module.exports = {
  forbidden: [
    {name: 'no-circles', severity: 'error', from: {}, to: {circular: true}},
    {
      name: 'commands-do-not-import-each-other',
      severity: 'error',
      from: {path: '^src/commands/([^/]+)\\.ts$'},
      to: {path: '^src/commands/', pathNot: '^src/commands/$1\\.ts$'},
    },
    only('store-knows-no-terraform', '^src/store/', []),
    only('terraform-stands-on-the-ground', '^src/terraform/', []),
    only('machine-keeps-files-like-the-store', '^src/machine/', [
      '^src/store/(disk|held-file|sound|version)\\.ts$',
      '^src/command\\.ts$',
    ]),
    only('capture-knows-terraform-and-store', '^src/capture/', ['^src/(machine|store|terraform)/']),
    only('rollback-drives-the-parts', '^src/rollback/', ['^src/(capture|machine|store|terraform)/']),
    {
      name: 'report-imports-types-only',
      severity: 'error',
      from: {path: '^src/report/'},
      to: {path: '^src/', pathNot: ['^src/report/', '^src/errors\\.ts$'], dependencyTypesNot: ['type-only']},
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: {pathNot: '^src/bin\\.ts$'},
      to: {path: '^src/(bin|main)\\.ts$'},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    doNotFollow: {path: 'node_modules'},
  },
};
