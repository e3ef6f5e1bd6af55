import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {assignedIn, automaticIn} from '../capture/root-variables.js';
import {UserError} from '../errors.js';
import {pathInCopy, readInputFile, type Inputs, type KeptVarFile} from '../store/inputs.js';
import type {RestoreRequest, Wanted} from './restore-request.js';

/**
 * The recorded arguments in their order, with empty words in the places of values that have to be found.
 *
 * @param env Gets those values that came by environment.
 */
export function readRecorded(request: RestoreRequest, inputs: Inputs, env: NodeJS.ProcessEnv) {
  const {layout, version, folder, say} = request;
  const args: string[] = [];
  const wanted: Wanted[] = [];
  const files: string[] = [];
  const missing: {path: string; reason: string}[] = [];
  const wantArgument = (name: string, fingerprint: string | undefined) => {
    const place = args.push('') - 1;
    wanted.push({name, fingerprint, give: (value) => (args[place] = `-var=${name}=${value}`)});
  };
  const wantVariable = (name: string, fingerprint: string | undefined) => {
    wanted.push({name, fingerprint, give: (value) => (env[`TF_VAR_${name}`] = value)});
  };
  const assigned = new Set<string>();
  const {planned} = inputs;

  // First, since the rest of what is written here touches the copy.
  for (const each of inputs.arguments) {
    if (each.flag !== 'var-file') continue;
    const path = placeOfFile(request, each);
    if (path === undefined)
      missing.push({path: each.path, reason: each.reason ?? 'it is not there any more'});
    else files.push(path);
  }
  if (missing.length > request.given.varFiles.length) {
    throw new UserError({
      kind: 'var-files-missing',
      version: version.name,
      purpose: request.purpose,
      files: missing,
    });
  }
  const automatic = () => automaticIn(folder).map((name) => join(folder, name));
  if (planned !== undefined && 'unknown' in planned) {
    say({type: 'inputs-unknown', version: version.name, reason: planned.unknown});
  } else if (planned !== undefined) {
    const overridden = assignedIn(automatic());
    if (planned.file !== null) {
      readInputFile(layout, version, planned.file);
      files.push(join(layout.version(version.number), planned.file));
      args.push(`-var-file=${files.at(-1) ?? ''}`);
    }
    const later = new Set(inputs.arguments.flatMap((each) => (each.flag === 'var' ? [each.name] : [])));
    for (const {name, fingerprint} of planned.fingerprints) {
      // Without need not on a command line, where others on this machine can read it.
      if (!later.has(name)) (overridden.has(name) ? wantArgument : wantVariable)(name, fingerprint);
    }
  }
  for (const each of inputs.arguments) {
    if (each.flag === 'var-file') {
      const path = placeOfFile(request, each);
      if (path !== undefined && each.automatic !== true) args.push(`-var-file=${path}`);
    } else if ('value' in each) {
      assigned.add(each.name);
      args.push(`-var=${each.name}=${each.value}`);
    } else wantArgument(each.name, 'fingerprint' in each ? each.fingerprint : undefined);
  }
  for (const each of inputs.environment)
    wantVariable(each.name, 'fingerprint' in each ? each.fingerprint : undefined);
  for (const name of assignedIn([...automatic(), ...files]).keys()) assigned.add(name);
  return {args, wanted, assigned};
}

/** Where a file with values is now; undefined when it could not be kept, or is not in the copy. */
function placeOfFile({layout, version, folder}: RestoreRequest, file: KeptVarFile): string | undefined {
  if (file.kept === null) return undefined;
  const inside = pathInCopy(file.kept);
  if (inside !== undefined) return existsSync(join(folder, inside)) ? join(folder, inside) : undefined;
  const content = readInputFile(layout, version, file.kept);
  const stored = join(layout.version(version.number), file.kept);
  if (file.automatic !== true || !/^[^/]+\.tfvars(\.json)?$/.test(file.path)) return stored;
  const target = join(folder, file.path);
  rmSync(target, {force: true}); // The link.
  writeFileSync(target, content, {mode: 0o600, flag: 'wx'});
  return target;
}
