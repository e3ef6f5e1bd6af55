import {describe, expect, test} from 'vitest';
import {DigitalOcean} from '../../../../src/machine/providers/digitalocean.js';
import {doctlFailure} from '../../../../src/machine/providers/doctl-failure.js';

const detail = (text: string) => ({
  status: 1,
  stdout: `${JSON.stringify({errors: [{detail: text}]})}\n`,
  stderr: '',
});
const URL = 'https://api.digitalocean.com/v2/droplets/1/actions';

describe('what doctl says of a failure', () => {
  test.each([
    [
      `POST ${URL}: 401 (request "r") Unable to authenticate you`,
      'unauthenticated',
      '401 Unable to authenticate you',
    ],
    [`POST ${URL}: 403 (request "r") not allowed`, 'forbidden', '403 not allowed'],
    [`GET ${URL}: 404 (request "r") gone`, 'not-found', '404 gone'],
    [
      `POST ${URL}: 422 (request "r") Droplet already has a pending event.`,
      'busy',
      '422 Droplet already has a pending event.',
    ],
    [`POST ${URL}: 422 (request "r") Name is no good`, 'refused', '422 Name is no good'],
    [`GET ${URL}: 408 late`, 'passing', '408 late'],
    [
      `GET ${URL}: 429 (request "r") slow; giving up after 6 attempt(s)`,
      'passing',
      '429 slow; giving up after 6 attempt(s)',
    ],
    [`GET ${URL}: 500`, 'passing', '500'],
    [`GET ${URL}: 503 (request "r") <html>\n</html>`, 'passing', '503 <html>\n</html>'],
    [
      `Post "${URL}": read tcp 10.0.0.1:1->10.0.0.2:2: read: connection reset by peer`,
      'passing',
      'read tcp 10.0.0.1:1->10.0.0.2:2: read: connection reset by peer',
    ],
    [`Get "${URL}": dial tcp: lookup api: no such host`, 'passing', 'dial tcp: lookup api: no such host'],
    ['EOF', 'passing', 'EOF'],
    ['unexpected EOF', 'passing', 'unexpected EOF'],
    [
      "invalid character '<' looking for beginning of value",
      'passing',
      "invalid character '<' looking for beginning of value",
    ],
    [
      "access token is required. (hint: run 'doctl auth init')",
      'unauthenticated',
      "access token is required. (hint: run 'doctl auth init')",
    ],
    ['strconv.Atoi: parsing "x": invalid syntax', 'unclear', 'strconv.Atoi: parsing "x": invalid syntax'],
  ])("doctl's failure %j is read right", (text, reason, words) => {
    expect(doctlFailure(detail(text))).toMatchObject({reason, words});
  });

  test('a failure of doctl is on stderr if it comes before JSON', () => {
    const failure = doctlFailure({status: 255, stdout: '', stderr: 'Error: unknown flag: --x\n'});
    expect(failure).toMatchObject({reason: 'refused', words: 'unknown flag: --x'});
  });

  test('a failure of doctl without words is unclear', () => {
    expect(doctlFailure({status: 3, stdout: '', stderr: ''})).toMatchObject({
      reason: 'unclear',
      words: 'doctl exited with status 3 and printed nothing',
    });
  });

  test('a failure of doctl may be JSON of another form', () => {
    for (const stdout of ['null', '[]', '{"errors": "x"}', '{"errors": [null, {"detail": 1}]}'])
      expect(doctlFailure({status: 1, stdout, stderr: ''}).reason).toMatch(/^(refused|unclear)$/);
  });
});

describe('how to install doctl', () => {
  const {install} = new DigitalOcean({env: {}, cwd: '/', command: []});
  const page = 'https://docs.digitalocean.com/reference/doctl/how-to/install/';
  const archive = (processor: string): string =>
    `curl -sL https://github.com/digitalocean/doctl/releases/download/v1.166.0/doctl-1.166.0-linux-${processor}.tar.gz | tar -xz && sudo mv doctl /usr/local/bin`;

  test.each([
    ['macOS', 'darwin', 'arm64', '', ['brew install doctl', page]],
    ['Linux with Homebrew', 'linux', 'x64', 'brew', ['brew install doctl', page]],
    ['Ubuntu', 'linux', 'x64', 'snap', ['sudo snap install doctl', page]],
    ['Arch', 'linux', 'x64', 'pacman', ['sudo pacman -S doctl', page]],
    ['another Linux', 'linux', 'x64', '', [archive('amd64'), page]],
    ['another Linux on ARM', 'linux', 'arm64', '', [archive('arm64'), page]],
    ['Linux on a processor nobody builds for', 'linux', 's390x', '', [page]],
    ['FreeBSD', 'freebsd', 'x64', '', [page]],
  ])('the advice how to install doctl fits %s', (_, platform, arch, program, lines) => {
    expect(install({platform, arch, has: (name) => name === program})).toEqual(lines);
  });
});
