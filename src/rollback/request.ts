import type {RollbackEvent} from '../events/rollback.js';
import type {Report} from '../events/run.js';
import type {ValuesRequest} from '../inputs/values.js';
import type {Place} from '../project/place.js';
import type {Version} from '../store/read.js';

/** What a rollback is asked for, and whom it speaks with. */
export interface RollbackRequest extends Pick<ValuesRequest, 'context' | 'given' | 'say' | 'ask'> {
  readonly place: Place;
}

/** What replaces files or the state of the project. */
interface ProjectRequest extends Pick<RollbackRequest, 'context' | 'place'> {
  readonly report: Report;
  /** Whether the user agrees; throws when there is no terminal to ask at. */
  readonly confirm: () => Promise<boolean>;
}

export type PromoteRequest = RollbackRequest & ProjectRequest;

/** What an in-place rollback is asked for. */
export interface InPlaceRequest extends PromoteRequest {
  /** Stop after the plan, and leave nothing behind. */
  readonly planOnly: boolean;
  /** Destroy what was imported since, instead of removing it from the state. */
  readonly destroyImported: boolean;
  /** Do not import what was removed from the state since: it may not exist any more. */
  readonly withoutImports: boolean;
  /** Also bring back files of modules outside of the root module. */
  readonly withModules: boolean;
}

export interface RestoreRequest extends ProjectRequest {
  readonly version: Version;
  readonly say: (event: RollbackEvent) => void;
}
