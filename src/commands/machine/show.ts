import {logFolders} from './log-folders.js';
import type {Call} from '../../cli/command.js';
import {chooseImage} from './choose.js';
import {openCatalog} from './select.js';
import {imageJson, imageText, unaskedText} from '../../machine/words/catalog.js';

/** `tm machine show IMAGE`: all that is known of an image, and how to boot from it. */
export async function show(call: Call): Promise<number> {
  const {context, tm, has, words} = call;
  const {images, unasked, damaged} = await openCatalog(call, await logFolders(call.context, call.chdir));
  context.stderr.write(unaskedText(unasked, damaged, tm));
  const image = chooseImage(images, words[0] ?? '');
  context.stdout.write(has('json') ? imageJson(image) : imageText(image));
  return 0;
}
