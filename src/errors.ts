/** What a version's inputs are wanted for. */
export type Purpose = 'apply' | 'destroy' | 'in-place';

/**
 * Everything a user can be told about, except what goes wrong with machines; anything else thrown is a bug in cloudtm. The
 * sentences are in report/problems.ts.
 */
export type Problem = {
  [Kind in keyof ProblemFacts]: {readonly kind: Kind} & Readonly<ProblemFacts[Kind]>;
}[keyof ProblemFacts];

/** What is known of each problem. */
export interface ProblemFacts {
  'unknown-command': {name: string; nearest: string | undefined; commands: readonly string[]};
  'unknown-flag': {command: string; flag: string; nearest: string | undefined; usage: readonly string[]};
  'flag-needs-value': {flag: string; usage: readonly string[]};
  'flags-exclude-each-other': {flags: readonly string[]};
  /** A flag that means nothing without one of the others. */
  'flag-needs-another': {flag: string; others: readonly string[]};
  'argument-missing': {command: string; usage: readonly string[]};
  'unexpected-argument': {command: string; argument: string; usage: readonly string[]};
  /** A number of things that is none: `0`, `-1`, `many`. */
  'bad-count': {flag: string; value: string};
  /** No version knows a resource of this address; `near` are those it may have meant. */
  'address-not-known': {address: string; near: readonly string[]};
  /** No version has this text in an id, an attribute or an output; `inState` is where the state has it now. */
  'text-not-found': {text: string; inState: string | undefined; unsearched: readonly string[]};
  'unknown-shell': {name: string; shells: readonly string[]};
  /** Something that is no name of a version at all: `../../etc`, `v0`, `v1.5`. */
  'bad-version-name': {name: string};
  'version-not-found': {name: string; available: readonly string[]};
  /** The version is listed but its files are gone or damaged. */
  'version-damaged': {version: string; reason: string};
  'no-versions': object;
  /** No file of this name in a version; `near` are names that may have been meant. */
  'file-not-kept': {version: string; name: string; near: readonly string[]};
  /** A link has no content of its own. */
  'file-is-link': {version: string; name: string; target: string};
  'version-without-state': {version: string};
  /** What is kept as a state is none, so that it is not known what is secret in it. */
  'state-unmaskable': {version: string; reason: string};
  /** `name` is a file, a backend, or `of v3`. */
  'state-not-comparable': {name: string; reason: string};
  'no-root-module': {path: string};
  'resources-exist': {count: number; workspace: string; name: string};
  /** Terraform left a state in `errored.tfstate`, because it could not write it where it belongs. */
  'state-unwritten': {path: string; resources: number | undefined};
  'state-unreadable': {path: string; reason: string};
  'rollback-active': {version: string; resources: number | undefined};
  'no-rollback': object;
  /** A folder of an earlier rollback whose state still holds resources is never removed. */
  'rollback-folder-live': {path: string; resources: number | undefined};
  /** The folder of an active rollback was removed, and with it the state of what was deployed. */
  'rollback-folder-gone': {version: string; path: string; record: string};
  /** The store is there and cannot be read: another user's, or no folder. */
  'store-unreadable': {path: string; code: string};
  /** The version's own backend leads its copy to a state that others use too. */
  'rollback-state-shared': {path: string};
  /** The project has deployed something to the backend it shares with the rollback; `version` is what it kept of that. */
  'rollback-state-used': {version: string};
  'rollback-interrupted': {version: string};
  'rollback-init-failed': {version: string; path: string; status: number};
  'rollback-apply-failed': {version: string; path: string; status: number; resources: number | undefined};
  'rollback-destroy-failed': {version: string; path: string; status: number; resources: number | undefined};
  'rollback-running': {path: string};
  /** Its state is the project's by now, or about to be: destroying it would destroy the project. */
  'rollback-promoting': {version: string};
  'rollback-edited': {version: string; path: string; files: readonly string[]};
  /** Resources that were not imported share their block with imported ones: terraform can only forget all of them. */
  'imported-among-others': {version: string; addresses: readonly string[]};
  /** Files of modules outside of the root module that no version holds would be replaced. */
  'modules-not-kept': {version: string; paths: readonly string[]};
  /** Only what is deployed completely becomes the project. */
  'rollback-unfinished': {version: string};
  'rollback-unrecorded': {path: string; code: string};
  'no-state': {name: string};
  /** A folder of the store (a rollback's copy) has no versions of its own. */
  'inside-store': {path: string};
  'other-workspace': {version: string; workspace: string; selected: string};
  /** Values of variables a version was applied with, which are not kept and not given now. */
  'inputs-missing': {
    version: string;
    purpose: Purpose;
    variables: readonly {name: string; why: 'unset' | 'differs' | 'ephemeral' | 'of-rollback'}[];
  };
  /** What the user gave with `--var` or `--var-file` is no assignment, or cannot be read. */
  'given-unusable': {flag: 'var' | 'var-file'; given: string; reason: string};
  /** Files with values that could not be kept, and why. */
  'var-files-missing': {version: string; purpose: Purpose; files: readonly {path: string; reason: string}[]};
  /** The state is in another backend now than it was for the version. */
  'other-backend': {version: string; backend: string; present: string};
  'nothing-deployed': {version: string};
  'terraform-older': {version: string; wanted: string; present: string};
  /** Nothing was applied. */
  'in-place-failed': {version: string; command: string; status: number};
  /** Something was applied before it failed; it is in `kept`. */
  'in-place-half-done': {version: string; kept: string; status: number};
  'restore-what': {usage: readonly string[]};
  /** Folders stand where the version has a file: what else is in them is not known. */
  'restore-blocked': {version: string; paths: readonly string[]};
  /** A state of another lineage stands where the version's would go. */
  'lineage-differs': {version: string; name: string};
  'state-push-failed': {version: string; status: number};
  /** Flags in the environment lead to a state that `terraform state push` does not reach. */
  'state-elsewhere': object;
  'files-unwritable': {path: string; code: string};
  /** Files of the project are being replaced by a process, or were by one that was killed and cannot be put back. */
  'files-in-hand': {path: string; pid: number | undefined};
  /** Another command changed the state before this was approved. */
  'state-changed-since': {name: string};
  /** There is no terminal to answer at. */
  'not-confirmed': object;
  'folder-taken': {path: string; code: string};
  'store-locked': {path: string; seconds: number};
  'store-unwritable': {path: string; code: string; needed: string};
  'store-newer': {path: string; format: number; known: number};
  'terraform-not-found': {reason: 'named' | 'nowhere' | 'loop'; searched: readonly string[]; named?: string};
  'terraform-not-startable': {path: string; code: string};
}

/** An expected failure: shown as one message that says what happened and what to do, without a stack trace. */
export abstract class ExpectedError extends Error {
  /** The status cloudtm exits with. */
  readonly exitStatus: number = 1;
}

/** Every expected failure but those of machines, which have a class of their own. */
export class UserError extends ExpectedError {
  override readonly name = 'UserError';
  override readonly exitStatus: number;
  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    super(problem.kind, options);
    this.exitStatus = EXIT_STATUS[problem.kind] ?? 1;
  }
}

/** The statuses a shell has for a program that is not there or cannot be started. */
const EXIT_STATUS: Partial<Record<Problem['kind'], number>> = {
  'terraform-not-found': 127,
  'terraform-not-startable': 126,
};

/** The system's code of a failed call (`EACCES`, `ENOSPC`, …), or the message where there is none. */
export function codeOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message;
  return String(error);
}
