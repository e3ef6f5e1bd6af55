/**
 * The arrows of docs/architecture.md: a room may import what is named with it here, and nothing else. Every room may import
 * the ground: what a run knows of the outside, the problems, reading a regular file, and comparing two texts line by line.
 */
const GROUND = '^src/(context|errors|regular-file|changed-lines)\\.ts$';

/** What each room of src/ may import, besides itself and the ground; `machine` has of the store only how files are written. */
const ROOMS = {
  process: [],
  cli: ['events', 'report/format\\.ts'],
  store: ['process'],
  terraform: [],
  events: ['store/version\\.ts'],
  machine: ['store/(disk|pid-lock|version)\\.ts', 'report/(columns|format)\\.ts'],
  state: ['store/version\\.ts', 'terraform/state-file\\.ts'],
  project: ['machine', 'state', 'store', 'terraform'],
  inputs: ['events', 'project', 'store', 'terraform'],
  history: ['project', 'state', 'store', 'terraform'],
  capture: ['events', 'history', 'inputs', 'machine', 'project', 'state', 'store', 'terraform'],
  rollback: ['capture', 'events', 'history', 'inputs', 'machine', 'project', 'state', 'store', 'terraform'],
  intercept: [
    'rollback',
    'capture',
    'events',
    'history',
    'inputs',
    'machine',
    'project',
    'state',
    'store',
    'terraform',
  ],
};

const arrows = Object.entries(ROOMS).map(([room, below]) => ({
  name: `${room}-imports-what-is-below-it`,
  severity: 'error',
  from: {path: `^src/${room}/`},
  to: {path: '^src/', pathNot: [`^src/${room}/`, GROUND, ...below.map((path) => `^src/${path}(/|$)`)]},
}));

module.exports = {
  forbidden: [
    {name: 'no-circles', severity: 'error', from: {}, to: {circular: true}},
    ...arrows,
    {
      name: 'the-ground-imports-nothing-above-it',
      severity: 'error',
      from: {path: GROUND},
      to: {path: '^src/', pathNot: [GROUND], dependencyTypesNot: ['type-only']},
    },
    {
      name: 'commands-do-not-import-each-other',
      severity: 'error',
      from: {path: '^src/commands/(.+)\\.ts$', pathNot: '/table\\.ts$'},
      to: {path: '^src/commands/[^/]+\\.ts$', pathNot: '^src/commands/$1\\.ts$'},
    },
    {
      name: 'report-imports-types-only',
      severity: 'error',
      from: {path: '^src/report/'},
      to: {
        path: '^src/',
        pathNot: ['^src/report/', '^src/errors\\.ts$', '^src/machine/(words/|problems\\.ts)'],
        dependencyTypesNot: ['type-only'],
      },
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
