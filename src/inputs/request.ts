import type {Context} from '../context.js';
import type {Purpose} from '../errors.js';
import type {RollbackEvent, RollbackQuestion} from '../events/rollback.js';
import type {Layout} from '../store/layout.js';
import type {GivenRecord} from '../store/rollback-record.js';
import type {Version} from '../store/read.js';

/** What to run terraform with so that it gets what the version was applied with. */
export interface ValuesRequest {
  readonly context: Context;
  readonly layout: Layout;
  readonly version: Version;
  /** Where the version's root module was copied to. */
  readonly folder: string;
  /** What the user insists on: `name=value`, and files, from the working folder on. */
  readonly given: {readonly vars: readonly string[]; readonly varFiles: readonly string[]};
  /** What the rollback was given when it began; to destroy it, it is given the same. */
  readonly before: GivenRecord;
  readonly purpose: Purpose;
  readonly say: (event: RollbackEvent) => void;
  /** Undefined where there is no terminal, or no answer. */
  readonly ask: (question: RollbackQuestion) => Promise<string | undefined>;
}

/** A value that is not kept, and how to recognise it. */
export interface Wanted {
  readonly name: string;
  /** Undefined for an ephemeral one, of which nothing is known. */
  readonly saltedHash: string | undefined;
  /** Whether it is the value this rollback was given, and not the version's. */
  readonly isOfRollback?: true;
}
