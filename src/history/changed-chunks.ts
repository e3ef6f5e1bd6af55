import {createHash} from 'node:crypto';

/** Where a resource begins in a state as terraform writes it, and where one of the fields of the whole does. */
const RESOURCE = '\n    {\n';
const FIELD = '\n  "';
const RESOURCES = '\n  "resources"';

/**
 * Tell whether a state has to be searched for a text: not if it does not have it at all, or only in resources that are
 * written byte for byte as in a state that was asked about before. Parsing JSON is what takes the time, and from one version
 * to the next most resources stay as they are. A state that is laid out in another way is one single chunk.
 */
export function changedChunks(text: string): (bytes: Buffer) => boolean {
  // The longest part of the text that JSON always writes as it is.
  const plain = text.match(/[A-Za-z0-9 _.:-]+/g) ?? [];
  const run = plain.reduce((best, each) => (each.length > best.length ? each : best), '');
  const seen = new Set<string>();
  return (bytes) => {
    const head = bytes.indexOf(RESOURCES);
    let isNew = false;
    for (let at = bytes.indexOf(run); at !== -1 && at < bytes.length;) {
      const limit = run === '' || head === -1 ? undefined : at < head ? FIELD : RESOURCE;
      const start = limit === undefined ? 0 : Math.max(0, bytes.lastIndexOf(limit, at));
      const next = limit === undefined ? -1 : bytes.indexOf(limit, at);
      const end = next === -1 ? bytes.length : next;
      const chunk = createHash('sha1').update(bytes.subarray(start, end)).digest('base64');
      isNew ||= !seen.has(chunk);
      seen.add(chunk);
      at = bytes.indexOf(run, end);
    }
    return isNew;
  };
}
