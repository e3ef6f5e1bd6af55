import type {Change} from '../store/version.js';
import {compareStates} from './compare.js';
import type {State} from './state.js';

/** What one version did to the state. */
export interface Step {
  /** Whether that was after the version that is rolled back to. */
  readonly isAfter: boolean;
  readonly operation: string;
  readonly changes: readonly Change[];
  /** Addresses that `import` blocks of the configuration named. */
  readonly imports: readonly string[];
}

/** How a version's configuration and the present state differ in what terraform does not plan by itself. */
export type Reconciliation = Readonly<ReturnType<typeof reconcile>>;

/** Find what terraform cannot know when it plans a version against the live state. Pure; `steps` are oldest first. */
export function reconcile(wanted: State, live: State, steps: readonly Step[]) {
  /** Imported at any time, and whether that was after the version. */
  const taken = new Map<string, boolean>();
  const removed = new Set<string>();
  /** The address a resource had in the version, by the one it has at that step. */
  const original = new Map<string, string>();
  for (const {isAfter, operation, changes, imports} of steps) {
    for (const {address, action, from} of changes) {
      if (action === 'moved' && from !== undefined) {
        const since = taken.get(from);
        taken.delete(from);
        if (isAfter) {
          original.set(address, original.get(from) ?? from);
          original.delete(from);
        }
        if (since !== undefined) taken.set(address, since);
      } else if (action === 'added') {
        removed.delete(address);
        if (operation === 'import' || imports.includes(address)) taken.set(address, isAfter);
      } else if (action === 'destroyed') {
        // A rollback forgets what was imported.
        const isForgotten = operation === 'state-rm' || (operation === 'rollback' && taken.has(address));
        if (isAfter && isForgotten) removed.add(original.get(address) ?? address);
        taken.delete(address);
      }
    }
  }
  const {changes} = compareStates(wanted, live);
  return {
    /** Resources that have another address now. */
    moved: changes.flatMap(({address, from}) => (from === undefined ? [] : [{from: address, to: from}])),
    /** Imported since, and not in the version's configuration: they existed before terraform knew them. */
    imported: changes
      .filter(({address, action}) => action === 'added' && taken.get(address) === true)
      .map(({address}) => address),
    /** Taken out of the state since (`state rm`), and recorded in the version: they most likely still exist. */
    forgotten: changes.flatMap(({address, action}) => {
      const id = wanted.instances.get(address)?.id;
      return action === 'destroyed' && removed.has(address) && id !== undefined ? [{address, id}] : [];
    }),
  };
}

/** Types whose live objects were written by a newer provider than the version's (their schema version is higher). */
export function newerSchemas(wanted: State, live: State): string[] {
  const known = new Map<string, number>();
  for (const {type, schemaVersion} of wanted.instances.values()) {
    known.set(type, Math.max(schemaVersion, known.get(type) ?? 0));
  }
  const newer = [...live.instances.values()].filter(
    ({type, schemaVersion}) => schemaVersion > (known.get(type) ?? Infinity),
  );
  return [...new Set(newer.map(({type}) => type))].sort();
}

/** Write it as blocks: `moved` (terraform 1.1), `import` (1.5), `removed` (1.7). Empty where there is nothing to do. */
export function reconciliationBlocks({moved, imported, forgotten}: Reconciliation): string {
  const blocks = [
    ...moved.map(({from, to}) => `moved {\n  from = ${from}\n  to   = ${to}\n}\n`),
    ...[...new Set(imported.map(withoutKeys))].map(
      (address) => `removed {\n  from = ${address}\n  lifecycle {\n    destroy = false\n  }\n}\n`,
    ),
    ...forgotten.map(({address, id}) => `import {\n  to = ${address}\n  id = ${hclString(id)}\n}\n`),
  ];
  return blocks.length === 0
    ? ''
    : `# Made by cloudtm for one rollback, and removed after it.\n\n${blocks.join('\n')}`;
}

/** `removed` takes no instance keys: `module.a["x"].aws_instance.web[0]` becomes `module.a.aws_instance.web`. */
export function withoutKeys(address: string): string {
  return address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, '');
}

/** A string in HCL's quotes: `${` and `%{` would begin a template. */
function hclString(text: string): string {
  return JSON.stringify(text).replace(/([$%])\{/g, '$1$1{');
}
