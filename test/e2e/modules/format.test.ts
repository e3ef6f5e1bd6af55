import {describe, expect} from 'vitest';
import {realTerraform, sandbox} from '../../support/sandbox.js';
import {testWithTerraform} from '../../support/scripts.js';
import {repository} from '../../support/repository.js';

describe('terraform fmt has nothing to change in', () => {
  for (const folder of ['modules', 'examples', 'fixtures/machine', 'fixtures/droplet-stand-in']) {
    testWithTerraform(folder, async () => {
      const where = {program: realTerraform ?? '', cwd: repository};
      expect(await sandbox().runWith(where, 'fmt', '-check', '-diff', '-recursive', folder)).toEqual({
        exitCode: 0,
        stdout: '',
        stderr: '',
      });
    });
  }
});
