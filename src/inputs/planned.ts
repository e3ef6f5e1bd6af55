import {writeStored} from '../store/disk.js';
import {INPUTS_FOLDER, type PlannedInputs} from '../store/inputs.js';
import type {FileEntry} from '../store/version.js';
import type {PlannedValue, PlannedValues} from '../terraform/saved-plan.js';
import {valueText} from '../terraform/var-files.js';
import type {Declarations} from '../terraform/variables.js';
import {canonical} from './salted-hash.js';

/** JSON and not flags: a file needs no guess at how a variable's type wants its value spelled. */
const FILE = `${INPUTS_FOLDER}/0-planned.tfvars.json`;

/**
 * Keep the values a saved plan was made with. Nobody can tell where they came from, so that only those are kept in clear
 * whose variable is assigned in a kept file that terraform reads by itself: an environment variable never wins over
 * such a file. A value that such a file gives again, or the default, is not kept at all.
 *
 * @param fromFiles What those files assign.
 * @param entries Gets the file's entry when one is written.
 */
export async function collectPlanned(
  planned: PlannedValues,
  {variables, doubtful}: Declarations,
  fromFiles: ReadonlyMap<string, string | undefined>,
  version: string,
  entries: FileEntry[],
  fingerprint: (value: string) => Promise<string>,
): Promise<PlannedInputs> {
  if (planned.kind === 'unknown') return {unknown: planned.reason};
  const wanted = planned.values.filter((value) => {
    if (variables.get(value.name)?.ephemeral === true) return false;
    return !isSame(value.value, fromFiles.has(value.name) ? fromFiles.get(value.name) : defaultOf(value));
  });
  const isClear = ({name, sensitive}: PlannedValue) =>
    !sensitive && variables.get(name)?.sensitive === false && doubtful.length === 0 && fromFiles.has(name);
  const clear = wanted.filter(isClear);
  if (clear.length > 0) {
    const values = Object.fromEntries(clear.map(({name, value}) => [name, value]));
    entries.push(writeStored(version, FILE, `${JSON.stringify(values, undefined, 2)}\n`, 0o600));
  }
  const secret = wanted.filter((value) => !isClear(value));
  return {
    file: clear.length > 0 ? FILE : null,
    fingerprints: await Promise.all(
      secret.map(async ({name, value}) => ({name, fingerprint: await fingerprint(valueText(value))})),
    ),
  };
}

function defaultOf(value: PlannedValue): string | undefined {
  return value.default === undefined ? undefined : valueText(value.default);
}

function isSame(value: unknown, text: string | undefined): boolean {
  return text !== undefined && canonical(valueText(value)) === canonical(text);
}
