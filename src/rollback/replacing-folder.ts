import {existsSync} from 'node:fs';
import {removeSync} from 'fs-extra/esm';
import type {Context} from '../context.js';
import {createStore} from '../store/create.js';
import {refuseInHand, replacingFolder} from '../store/journal.js';
import type {Layout} from '../store/layout.js';

/**
 * Have a folder in the store while files of the project are replaced: for the files to write, and for copies of those
 * that go. It is left where files could not be put back, so that the next command can do it.
 *
 * @param body Gets the path; whoever writes there first makes the folder.
 * @throws UserError `files-in-hand` while another command replaces files; what `body` throws.
 */
export async function withReplacingFolder<T>(
  layout: Layout,
  context: Context,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  createStore(layout);
  refuseInHand(layout, context);
  const folder = replacingFolder(layout, context.pid);
  try {
    return await body(folder);
  } finally {
    if (!existsSync(layout.journal)) removeSync(folder);
  }
}
