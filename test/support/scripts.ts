import {test} from 'vitest';
import {realTerraform} from './sandbox.js';

/** A test that needs the real terraform; skipped, and counted as skipped, on a machine without it. */
export const testWithTerraform = test.skipIf(realTerraform === undefined);

/**
 * Shell functions for stand-ins, to put in front of their bodies:
 *
 * - `write_state SERIAL [NAME=INPUT …]` writes a whole state with these resources to `$STATE` (`terraform.tfstate`),
 *   of the lineage `$LINEAGE`;
 * - `wait_for FILE` waits until somebody made that file.
 */
export const STATE_SCRIPT = `
write_state() {
  serial=$1; shift; separator=
  {
    printf '{"version":4,"terraform_version":"1.11.4","serial":%s,"lineage":"%s","outputs":{},"resources":[' "$serial" "\${LINEAGE:-stand-in}"
    for each; do
      printf '%s{"mode":"managed","type":"terraform_data","name":"%s","provider":"p",' "$separator" "\${each%%=*}"
      printf '"instances":[{"schema_version":0,"attributes":{"id":"id-%s","input":"%s"}}]}' "\${each%%=*}" "\${each#*=}"
      separator=,
    done
    printf ']}\\n'
  } >"\${STATE:-terraform.tfstate}"
}
wait_for() { while [ ! -e "$1" ]; do sleep 0.01; done; }
`;

/** A stand-in that always writes a state with one resource, whose input is the content of the file \`input\`. */
export const APPLY_INPUT = `${STATE_SCRIPT}write_state "$(wc -c <input)" "web=$(cat input)"`;

/** The closing line for a version that was kept. */
export function kept(version: string, added: number, changed: number, destroyed: number, rest = ''): string {
  return `cloudtm: kept ${version} (${added} added, ${changed} changed, ${destroyed} destroyed)${rest}\n`;
}

/** The closing line for the state as it was before the first command. */
export function baseline(version: string, resources: number): string {
  return `cloudtm: kept ${version}, the state as it was before (${resources} resource${resources === 1 ? '' : 's'})\n`;
}

/** The content of a state with these resources, as text. */
export function stateText(serial: number, inputs: Readonly<Record<string, string>>): string {
  return `${JSON.stringify({
    version: 4,
    terraform_version: '1.11.4',
    serial,
    lineage: 'stand-in',
    outputs: {},
    resources: Object.entries(inputs).map(([name, input]) => ({
      mode: 'managed',
      type: 'terraform_data',
      name,
      provider: 'p',
      instances: [{schema_version: 0, attributes: {id: `id-${name}`, input}}],
    })),
  })}\n`;
}
