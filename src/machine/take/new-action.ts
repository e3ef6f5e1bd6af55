import type {Before} from './pending.js';
import type {Action, DiskSnapshot} from '../provider.js';

/** An image's own time and its action's may be this far (ms) apart. */
const SLACK = 5 * 60_000;
/** DigitalOcean gives both the same time, in seconds (ms). */
const MOMENT = 1_000;

/** What there is before something is asked for. */
export function beforeOf(actions: readonly Action[], images: readonly DiskSnapshot[]): Before {
  const newest = actions.reduce((last, {startedAt}) => (startedAt > last ? startedAt : last), '');
  return {actions: actions.map(({id}) => id), newest, images: images.map(({id}) => id)};
}

/**
 * The action that began since: one nobody knew, and not older than the newest that was known. Both are asked, because a
 * list may be short without anybody saying so, and an old action must never be taken for a new one. Only the provider's
 * own times are compared with each other.
 */
export function newAction(actions: readonly Action[], before: Before): Action | undefined {
  const known = new Set(before.actions);
  return actions.find(
    ({id, startedAt}) =>
      !known.has(id) && (before.newest === '' || Date.parse(startedAt) >= Date.parse(before.newest)),
  );
}

/**
 * The image an action made, by the same two rules: names are not unique. One of another name is it where it was made in the
 * very moment the action began: then the action was somebody else's after all, and so is the name.
 *
 * @param name Empty where it may have any.
 */
export function newDiskSnapshot(
  images: readonly DiskSnapshot[],
  name: string,
  before: Before,
  startedAt: string,
): DiskSnapshot | undefined {
  const known = new Set(before.images);
  const began = Date.parse(startedAt);
  const unknown = images
    .filter(({id}) => !known.has(id))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return (
    unknown.find(
      (image) => (name === '' || image.name === name) && Date.parse(image.createdAt) >= began - SLACK,
    ) ?? unknown.find(({createdAt}) => Math.abs(Date.parse(createdAt) - began) <= MOMENT)
  );
}
