import {askTerraform} from '../../src/terraform/ask.js';
import type {Terraform} from '../../src/terraform/bound.js';

/** A program that is asked as terraform is, with nothing else of a bound terraform. */
export function asking(program: string, env: NodeJS.ProcessEnv, cwd: string): Pick<Terraform, 'ask'> {
  return {ask: (argv, {limit, cancel}) => askTerraform({program, argv, env, cwd, limit, cancel})};
}
