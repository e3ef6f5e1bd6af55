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
 * Whether a disk snapshot still represents its machine.
 *
 * @param since When a run last waited for it, or when it was started; a time that cannot be read is long ago.
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
 * The action that has started since: one that was not known, and that is not older than the newest known one. Both are
 * checked, because a list may be incomplete and an old action must never be taken for a new one. Only the provider's own
 * times are compared with each other.
 */
export function newAction(actions: readonly Action[], before: Before): Action | undefined {
  const known = new Set(before.actions);
  return actions.find(
    ({id, startedAt}) =>
      !known.has(id) && (before.newest === '' || Date.parse(startedAt) >= Date.parse(before.newest)),
  );
}

/**
 * The disk snapshot an action made, by the same two rules: names are not unique. One with another name counts if it was
 * created in the very moment the action started: then the action was started by others, and so was the name.
 *
 * @param name Empty if any name will do.
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
