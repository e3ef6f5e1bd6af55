import type {Report} from '../events/run.js';
import type {RollbackRequest} from './rollback-request.js';

/** What an in-place rollback is asked for. */
export interface InPlaceRequest extends RollbackRequest {
  readonly report: Report;
  /** Whether to go on; throws when nobody is there to say so. */
  readonly confirm: () => Promise<boolean>;
  /** Stop after the plan, and leave nothing behind. */
  readonly planOnly: boolean;
  /** Destroy what was imported since, instead of forgetting it. */
  readonly destroyImported: boolean;
  /** Leave out what was taken out of the state since: it may be gone by now. */
  readonly withoutImports: boolean;
  /** Also bring back files of modules outside of the root module. */
  readonly withModules: boolean;
}
