import {dirname} from 'node:path';
import type {Context} from '../../context.js';
import type {Finding} from '../../events/finding.js';
import {bindTerraform} from '../../terraform/bound.js';
import {candidates, locate} from '../../terraform/locate.js';

const OLDEST_NODE = 20;

/** Other managers of terraform versions, by what their paths contain. */
const MANAGERS = ['asdf', 'mise', 'tfenv', 'tenv', 'rbenv', 'proto', 'aqua'];

/** Whether commands reach cloudtm, which terraform runs them, and on which Node. */
export async function checkTerraform(context: Context): Promise<Finding[]> {
  return [
    ...(context.env.CLOUDTM_DISABLE === '1' ? [{kind: 'disabled'} as const] : []),
    checkOrder(context),
    await checkReal(context),
    ...checkOthers(context),
    checkNode(context),
  ];
}

/** Which program the name `terraform` starts. */
function checkOrder(context: Context): Finding {
  const [first] = candidates(context);
  if (first?.kind === 'ours') return {kind: 'path-right', path: first.path};
  const {launcher} = context.launch;
  return {
    kind: 'path-wrong',
    first: first?.path,
    folder: launcher === '' ? undefined : dirname(launcher),
  };
}

/** Which terraform really runs, and whether the search for it ends. */
async function checkReal(context: Context): Promise<Finding> {
  const found = locate(context);
  if (found.kind === 'not-found')
    return {kind: 'terraform-not-found', problem: {...found, kind: 'terraform-not-found'}};
  const {path, via} = found;
  const version = await bindTerraform(context, context.cwd).version();
  return version === undefined
    ? {kind: 'terraform-silent', path}
    : {kind: 'terraform-found', version, path, via};
}

/** Other managers' shims, which cloudtm calls instead of stepping over them. */
function checkOthers(context: Context): Finding[] {
  const shim = candidates(context).find(({kind}) => kind !== 'ours');
  if (shim === undefined || shim.kind === 'binary') return [];
  const {path} = shim;
  return [{kind: 'other-manager', path, manager: MANAGERS.find((name) => path.includes(name))}];
}

function checkNode({node: {version, path}}: Context): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
  return major < OLDEST_NODE
    ? {kind: 'node-too-old', version, path, oldest: OLDEST_NODE}
    : {kind: 'node-right', version, path};
}
