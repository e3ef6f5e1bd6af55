import {readlinkSync} from 'node:fs';
import {isAbsolute, join, sep} from 'node:path';

/** Linux follows no more than this (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Follow a path link by link, as the system does.
 *
 * @param path Absolute.
 * @returns The links on the way, each where it really lies, and the path without links; what does not exist of it
 *   stands as it was asked for. Undefined when it leads round in circles.
 */
export function follow(path: string) {
  const links: string[] = [];
  const left = path.split(sep);
  let real: string = sep;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const next = join(real, name);
    const target = linkAt(next);
    if (target === undefined) real = next;
    else {
      links.push(next);
      if (links.length > MOST_LINKS) return undefined;
      if (isAbsolute(target)) real = sep;
      left.unshift(...target.split(sep));
    }
  }
  return {real, links};
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // No link, or nothing at all.
  }
}
