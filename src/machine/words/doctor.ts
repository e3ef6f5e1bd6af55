import {quote as shellQuote} from 'shlex';

/** A machine that is destroyed without its disk snapshot, or a provider's machines that cannot be destroyed. */
export type MachineFinding =
  | {kind: 'machine-unprotected'; about: string; why: 'tainted' | 'create-before-destroy' | 'imaged-already'}
  | {kind: 'provider-program-missing'; provider: string; program: string; install: string};

/** What `tm doctor` says about machines: what was found, and what to do. All of it are warnings. */
export function machineFinding(finding: MachineFinding): {readonly found: string; readonly mend: string} {
  if (finding.kind === 'provider-program-missing') {
    const {provider, program, install} = finding;
    return {
      found: `${program} is not installed: no machine of ${provider} could be destroyed`,
      mend: install,
    };
  }
  const {about, why} = finding;
  switch (why) {
    case 'tainted':
      return {
        found: `${about} is tainted: its machine would go without a snapshot`,
        mend: `terraform untaint ${shellQuote(about)}`,
      };
    case 'create-before-destroy':
      return {
        found: `something behind ${about} has create_before_destroy: an apply that replaces its machine takes no snapshot`,
        mend: 'terraform destroy -target=MACHINE takes one; docs/disk-snapshots.md has more.',
      };
    case 'imaged-already':
      return {
        found: `a snapshot of the machine ${about} was taken and it is still there: the next destroy takes none`,
        mend: 'Where it is to have another one: terraform apply, and then destroy.',
      };
  }
}
