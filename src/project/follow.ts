import {readlinkSync} from 'node:fs';
import {isAbsolute, join, sep} from 'node:path';

/** Where a path leads. */
export interface Way {
  /** Absolute, without links; what does not exist of it stands as it was asked for. */
  readonly real: string;
  /** The links on the way, each where it really lies. */
  readonly links: readonly string[];
}

/** Linux follows no more than this (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Follow a path link by link, as the system does.
 *
 * @param path Absolute.
 * @returns undefined when it leads round in circles.
 */
export function follow(path: string): Way | undefined {
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
