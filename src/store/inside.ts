import {isAbsolute, normalize, sep} from 'node:path';

/** Whether a relative path leads to something below where it starts. */
export function isInside(path: string): boolean {
  const [first] = normalize(path).split(sep);
  return !isAbsolute(path) && !path.includes('\0') && !['', '.', '..'].includes(first ?? '');
}
