import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';

/**
 * Read a regular file whole, never waiting for the writer of a pipe.
 *
 * @returns undefined when the path names something else than a regular file.
 * @throws the system's error when it cannot be opened or read.
 */
export function readRegular(path: string): Buffer | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return fstatSync(file).isFile() ? readFileSync(file) : undefined;
  } finally {
    closeSync(file);
  }
}
