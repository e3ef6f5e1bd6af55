import type {Action, DiskSnapshot} from '../provider.js';
import type {Pending} from './pending.js';

type Before = Pending['before'];

/** A disk snapshot's own time and its action's may be this far (ms) apart. */
const SLACK = 5 * 60_000;
/** DigitalOcean gives both the same time, in seconds (ms). */
const MOMENT = 1_000;
/** How long (ms) a disk snapshot may go unattended before the machine may have changed. */
const FRESH = 15 * 60_000;

/**
 * Whether a disk snapshot still represents its machine, when a run last waited for it, or it was started, at `since`; a time
 * that cannot be read is long ago.
 */
export function isFresh(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) <= FRESH;
}

/** What exists before a disk snapshot is requested. */
export function beforeOf(actions: readonly Action[], snapshots: readonly DiskSnapshot[]): Before {
  const newest = actions.reduce((last, {startedAt}) => (startedAt > last ? startedAt : last), '');
  return {actions: actions.map(({id}) => id), newest, images: snapshots.map(({id}) => id)};
}

/**
 * The action that has started since: not a known one, nor older than the newest of those, because a list may be incomplete.
 * Only the provider's own times are compared with each other.
 */
export function newAction(actions: readonly Action[], before: Before): Action | undefined {
  const known = new Set(before.actions);
  return actions.find(
    ({id, startedAt}) =>
      !known.has(id) && (before.newest === '' || Date.parse(startedAt) >= Date.parse(before.newest)),
  );
}

/**
 * The disk snapshot an action made: new, of this name (empty: of any), and not older than the action. One with another name
 * counts if it was created the moment the action started: others started that one, and named it.
 */
export function newDiskSnapshot(
  snapshots: readonly DiskSnapshot[],
  name: string,
  before: Before,
  startedAt: string,
): DiskSnapshot | undefined {
  const known = new Set(before.images);
  const started = Date.parse(startedAt);
  const unknown = snapshots
    .filter(({id}) => !known.has(id))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return (
    unknown.find(
      (each) => (name === '' || each.name === name) && Date.parse(each.createdAt) >= started - SLACK,
    ) ?? unknown.find(({createdAt}) => Math.abs(Date.parse(createdAt) - started) <= MOMENT)
  );
}
