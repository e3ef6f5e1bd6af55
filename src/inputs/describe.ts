import {UserError} from '../errors.js';
import {readInputFile, readInputs, type Inputs, type KeptValue} from '../store/inputs.js';
import type {Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';

/** One thing a command was given besides its configuration: never a value, nor what a value could be found by. */
export type Given =
  | {
      readonly variable: string;
      readonly by: '-var' | 'environment' | 'saved plan';
      /** What of the value is kept; nothing of an ephemeral one. */
      readonly kept: 'value' | 'fingerprint' | 'nothing';
    }
  /** A file with values. `reason` says why it is not kept. */
  | {readonly file: string; readonly kept: boolean; readonly reason?: string}
  /** Why the values of a saved plan could not be read. */
  | {readonly unknown: string}
  | {readonly target: string}
  | {readonly replace: string};

/**
 * What the command of a version was given, in the order of its command line. Undefined where nothing is known of it.
 *
 * @throws UserError `version-damaged`, `store-newer`.
 */
export function givenTo(layout: Layout, version: Version): Given[] | undefined {
  const inputs = readInputs(layout, version);
  if (inputs === undefined) return undefined;
  try {
    return listed(inputs, layout, version);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = 'its inputs are not what cloudtm writes';
    throw new UserError({kind: 'version-damaged', version: version.name, reason}, {cause: error});
  }
}

function listed(inputs: Inputs, layout: Layout, version: Version): Given[] {
  return [
    ...inputs.arguments.map((given): Given => {
      if (given.flag === 'var') return variableOf(given, '-var');
      const {path, kept, reason} = given;
      return {file: path, kept: kept !== null, ...(reason === undefined ? {} : {reason})};
    }),
    ...inputs.environment.map((value) => variableOf(value, 'environment')),
    ...plannedOf(inputs, layout, version),
    ...inputs.targets.map((target) => ({target})),
    ...inputs.replaced.map((replace) => ({replace})),
  ];
}

function plannedOf({planned}: Inputs, layout: Layout, version: Version): Given[] {
  if (planned === undefined) return [];
  if ('unknown' in planned) return [{unknown: planned.unknown}];
  const {file, fingerprints} = planned;
  const clear = file === null ? {} : (JSON.parse(readInputFile(layout, version, file).toString()) as object);
  return [
    ...Object.keys(clear).map((variable): Given => ({variable, by: 'saved plan', kept: 'value'})),
    ...fingerprints.map((value) => variableOf(value, 'saved plan')),
  ];
}

function variableOf(value: KeptValue, by: Extract<Given, {variable: string}>['by']): Given {
  const kept = 'value' in value ? 'value' : 'fingerprint' in value ? 'fingerprint' : 'nothing';
  return {variable: value.name, by, kept};
}
