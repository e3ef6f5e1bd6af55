import {resolve} from 'node:path';

/** The folder of the project; absolute. */
export const repository = resolve(import.meta.dirname, '../..');
