import type {Place} from '../project/place.js';
import type {Context} from '../context.js';
import type {RollbackEvent, RollbackQuestion} from '../events/rollback.js';
import type {ValuesRequest} from '../inputs/request.js';

/** What a rollback is asked for, and whom it speaks with. */
export interface RollbackRequest {
  readonly context: Context;
  readonly place: Place;
  /** Values the user insists on. */
  readonly given: ValuesRequest['given'];
  readonly say: (event: RollbackEvent) => void;
  readonly ask: (question: RollbackQuestion) => Promise<string | undefined>;
}
