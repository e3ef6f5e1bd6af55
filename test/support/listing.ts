import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';

/** Our store, and what `terraform init` leaves. */
const NOT_LISTED = /^(\.cloudtm|\.terraform|terraform\.tfstate.*)$/;

/** What stands in a project: each file's permissions and content, where each link leads, and every folder. */
export function listing(folder: string, inside = ''): Record<string, string> {
  const names = readdirSync(join(folder, inside)).filter((name) => inside !== '' || !NOT_LISTED.test(name));
  return Object.assign(
    {},
    ...names.sort().map((name) => {
      const path = inside === '' ? name : `${inside}/${name}`;
      const stats = lstatSync(join(folder, path));
      const mode = (stats.mode & 0o777).toString(8);
      if (stats.isSymbolicLink()) return {[path]: `-> ${readlinkSync(join(folder, path))}`};
      if (stats.isDirectory()) return {[`${path}/`]: '', ...listing(folder, path)};
      return {[path]: `${mode} ${readFileSync(join(folder, path), 'latin1')}`};
    }),
  ) as Record<string, string>;
}
