import {join} from 'node:path';
import {readIfRegular} from '../regular-file.js';

/** A module as terraform's installer records it (its modsdir package). The root module's key is empty. */
export interface Module {
  /** The names of the calls that lead to it: `a.b` is `module "b"` in `module "a"`. */
  readonly Key: string;
  /** As the configuration says it, `../b`; empty for the root module. */
  readonly Source: string;
  /** Its folder, relative to the root module; links are resolved. */
  readonly Dir: string;
}

/** The modules that `terraform init` recorded; none where the record is missing or damaged. */
export function readModules(dataDir: string): Module[] {
  try {
    const text = readIfRegular(join(dataDir, 'modules', 'modules.json'))?.toString() ?? '';
    return parseModules((JSON.parse(text) as {Modules?: unknown} | null)?.Modules);
  } catch {
    return [];
  }
}

/** Take the modules out of JSON that somebody else may have written: what has not their form is left out. */
export function parseModules(value: unknown): Module[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    const {Key, Source, Dir} = (each ?? {}) as Record<string, unknown>;
    // No file has a NUL in its name.
    if (typeof Key !== 'string' || typeof Dir !== 'string' || Dir === '' || Dir.includes('\0')) return [];
    return [{Key, Source: typeof Source === 'string' && !Source.includes('\0') ? Source : '', Dir}];
  });
}
