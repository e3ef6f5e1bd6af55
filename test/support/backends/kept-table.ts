import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Meta} from '../../../src/store/version.js';
import type {Sandbox} from '../sandbox.js';

/** What the stores of a scenario's projects hold, a column for each backend. */
export interface KeptTable {
  /** Note what a project's store holds after a step of the scenario. */
  note(backend: string, step: string, box: Sandbox): void;
  /** Note something else in a line of a step: a number measured, or why there is none. */
  say(backend: string, step: string, line: string, words: string): void;
  text(): string;
}

/** @param backends The columns. One that nothing was noted for shows what `missing` says of it. */
export function keptTable(backends: readonly {name: string; missing: string | undefined}[]): KeptTable {
  // By step, line of the step, and backend.
  const steps = new Map<string, Map<string, Map<string, string>>>();
  const put = (step: string, line: string, backend: string, cell: string): void => {
    const lines = steps.get(step) ?? new Map<string, Map<string, string>>();
    const cells = lines.get(line) ?? new Map<string, string>();
    steps.set(step, lines.set(line, cells.set(backend, cell)));
  };
  return {
    note: (backend, step, box) => {
      const versions = treesOf(box).flatMap(({workspace, tree}) =>
        box.versions(tree).map((version) => ({workspace, meta: box.meta(version, tree)})),
      );
      for (const {workspace, meta} of versions)
        put(step, `${workspace} ${meta.version}`, backend, words(meta));
      if (versions.length === 0) put(step, 'default v1', backend, 'nothing');
    },
    say: (backend, step, line, text) => {
      put(step, line, backend, text);
    },
    text: () => {
      const titles = ['added/changed/destroyed', ...backends.map(({name}) => name)];
      const rows = [...steps].flatMap(([step, lines]) =>
        [...lines]
          .sort(([a], [b]) => a.localeCompare(b, 'en', {numeric: true}))
          .map(([line, cells]) => [
            `${step}: ${line}`,
            ...backends.map(
              ({name, missing}) => cells.get(name) ?? (missing === undefined ? '-' : 'not run'),
            ),
          ]),
      );
      const notRun = backends.flatMap(({name, missing}) =>
        missing === undefined ? [] : [`${name}: ${missing}\n`],
      );
      return `${aligned([titles, ...rows])}${notRun.join('')}`;
    },
  };
}

/** The store's trees: the default workspace's, then those of the others. */
function treesOf(box: Sandbox): {workspace: string; tree: string}[] {
  const folder = join(box.store, 'workspaces');
  const others = existsSync(folder) ? readdirSync(folder).sort() : [];
  return [
    {workspace: 'default', tree: box.store},
    ...others.map((workspace) => ({workspace, tree: join(folder, workspace)})),
  ];
}

function words({operation, outcome, resources, state}: Meta): string {
  const {added, changed, destroyed} = resources;
  const rest = [outcome === 'succeeded' ? '' : outcome, state === null ? 'without state' : ''];
  return [operation, `${added}/${changed}/${destroyed}`, ...rest].filter(Boolean).join(' ');
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
