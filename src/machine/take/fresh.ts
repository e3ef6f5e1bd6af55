/** How long (ms) an image may have gone unattended: after that somebody may have worked on the machine. */
const FRESH = 15 * 60_000;

/**
 * Whether an image still stands for its machine.
 *
 * @param since When somebody last waited for it, or it was begun; a time that cannot be read is long ago.
 */
export function isFresh(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) <= FRESH;
}
