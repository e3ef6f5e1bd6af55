import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {askProgram} from '../../../src/machine/providers/ask-program.js';
import {temporaryFolder} from '../../support/folder.js';

/** A program with this body. */
function script(body: string): {program: string; around: {env: NodeJS.ProcessEnv; cwd: string}} {
  const cwd = temporaryFolder();
  const program = join(cwd, 'program');
  writeFileSync(program, `#!/bin/sh\n${body}\n`);
  chmodSync(program, 0o755);
  return {program, around: {env: {PATH: process.env.PATH}, cwd}};
}

test('a program has answered when it ends, even if a process it left behind keeps its output open', async () => {
  // What is left behind ends only when it is told to, by the file of the next line.
  const {program, around} = script('echo "{}"; (while [ ! -e go ]; do sleep 0.05; done) & exit 3');
  const said = await askProgram(program, [], around);
  writeFileSync(join(around.cwd, 'go'), '');
  expect(said).toEqual({status: 3, stdout: '{}\n', stderr: ''});
});
