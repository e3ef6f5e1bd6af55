// change-files.mjs PROJECT [SNAPSHOTS]: what happens before each run on the large project. One file of every folder is
// written anew; the newest of rsync's SNAPSHOTS gets its number and becomes the previous one.
import {randomBytes, randomInt} from 'node:crypto';
import {existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

export const FOLDERS = 100;
export const FILES = 100;
export const BYTES = 20_000;

export function fileOf(project, folder, file) {
  return join(project, `folder-${folder}`, `file-${file}.txt`);
}

if (import.meta.filename === process.argv[1]) {
  const [project, snapshots] = process.argv.slice(2);
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    writeFileSync(fileOf(project, folder, randomInt(FILES)), randomBytes(BYTES));
  }
  if (snapshots !== undefined) renumber(snapshots);
}

function renumber(snapshots) {
  const [newest, count, previous] = ['new', 'count', 'previous'].map((name) => join(snapshots, name));
  if (!existsSync(newest)) return;
  const number = Number(readFileSync(count, 'utf8')) + 1;
  renameSync(newest, join(snapshots, String(number)));
  rmSync(previous, {force: true});
  symlinkSync(String(number), previous);
  writeFileSync(count, `${number}\n`);
}
