import {plain} from './plain.js';

/** The system's code in words where people meet it. */
export function systemWords(code: string): string {
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EROFS: 'read-only file system',
    ENOSPC: 'no space left on the disk',
    EDQUOT: 'disk quota exceeded',
    ENOENT: 'no such file or folder',
    ENOTDIR: 'not a folder',
    EIO: 'input/output error',
    ENOEXEC: 'not an executable program',
  };
  return words[code] ?? code;
}

/** Text in double quotes, with control characters made harmless for a terminal. */
export function quote(text: string): string {
  return plain(JSON.stringify(text));
}

/** A state under the name of its place: `the state /…/terraform.tfstate`, `the state in the backend "s3"`. */
export function stateAt(name: string): string {
  return name.startsWith('/') ? `the state ${name}` : `the state in ${name}`;
}

/** `1 resource`, `2 resources`. */
export function resources(number: number): string {
  return count(number, 'resource');
}

/** `1 version`, `2 versions`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
