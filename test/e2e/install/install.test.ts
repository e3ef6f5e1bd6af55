import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {
  checkout,
  copyClone,
  listing,
  makeBox,
  run,
  shellScripts,
  standIn,
  standInFolder,
  which,
  type Box,
  type Result,
} from '../../support/install-box.js';

/** One clone, built once by a real run of install.sh with the real npm; the boxes of the tests share it. */
let builder: Box;
let clone: string;
let firstInstall: Result;
let box: Box;

beforeAll(async () => {
  builder = makeBox('');
  clone = join(builder.root, 'clone');
  copyClone(checkout, clone);
  rmSync(join(clone, 'dist'), {recursive: true, force: true});
  const real = makeBox(clone, {realNpm: true});
  try {
    firstInstall = await real.install('--no-modify-path');
  } finally {
    real.remove();
  }
}, 300_000);
afterAll(() => {
  builder.remove();
});
beforeEach(() => {
  box = makeBox(clone);
});
afterEach(() => {
  box.remove();
});

const sourceLine = (prefix: string) => `[ ! -r "${prefix}/env.sh" ] || . "${prefix}/env.sh" # cloudtm\n`;
const fishLine = (prefix: string) =>
  `test -r "${prefix}/env.fish"; and source "${prefix}/env.fish" # cloudtm\n`;

/** The environment of a new terminal: the home folder and a PATH on which another terraform stands first. */
function terminal(folder: string): Record<string, string> {
  return {HOME: box.home, PATH: `${folder}:${box.tools}`, TERM: 'dumb'};
}

describe('a first installation', () => {
  test('./install.sh alone builds a clone with nothing installed and puts it in place', () => {
    expect(firstInstall.stderr).toBe('');
    expect(firstInstall.exitCode).toBe(0);
    expect(firstInstall.stdout).toContain('npm ci --include=dev\nnpm run build\n');
  });

  test('install.sh puts every file in place, and the launcher knows Node, the bundle and the real terraform', async () => {
    const real = standInFolder(box);
    box.env.PATH = `${real}:${box.tools}`;
    const result = await box.install();
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    expect(listing(box.prefix).map((line) => line.split(' ').slice(0, -1).join(' '))).toEqual([
      'bin/',
      'bin/cloudtm ->',
      'bin/terraform 755',
      'env.fish 644',
      'env.sh 644',
      'lib/',
      'lib/added 644',
      'lib/cloudtm.cache 644',
      'lib/cloudtm.cjs 644',
      'lib/load.cjs 644',
      'lib/node.proof 644',
    ]);
    expect(readlinkSync(join(box.prefix, 'bin/cloudtm'))).toBe('terraform');
    const launcher = readFileSync(join(box.prefix, 'bin/terraform'), 'utf8').split('\n');
    expect(launcher[0]).toMatch(/^#!\/.*bash -p$/);
    expect(launcher[1]).toBe('# cloudtm launcher');
    expect(launcher).toContain(`node='${process.execPath}'`);
    expect(launcher).toContain(`bundle='${box.prefix}/lib/cloudtm.cjs'`);
    // The stand-in is a script, as a version manager's shim is: recorded for want of something better.
    expect(launcher).toContain(`fallback='${real}/terraform'`);
    expect(readFileSync(join(box.prefix, 'lib/cloudtm.cjs'))).toEqual(
      readFileSync(join(clone, 'dist/cloudtm.cjs')),
    );
  });

  test('install.sh without a terraform on PATH says so and installs', async () => {
    const result = await box.install();
    expect(result.stdout).toContain(
      'no terraform on PATH yet: install it whenever you like, it will be found\n',
    );
    expect(result.exitCode).toBe(0);
    expect(readFileSync(join(box.prefix, 'bin/terraform'), 'utf8')).toContain("\nfallback=''\n");
  });

  test('install.sh prefers a plain binary to a manager’s shim that comes earlier, and skips our own launcher', async () => {
    await box.install('--no-modify-path', '--prefix', join(box.root, 'older'));
    const shim = standInFolder(box);
    const linked = join(box.root, 'linked');
    mkdirSync(linked);
    symlinkSync(join(box.tools, 'env'), join(linked, 'terraform'));
    const binary = join(box.root, 'binary');
    mkdirSync(binary);
    writeFileSync(join(binary, 'terraform'), '\x7fELF and more', {mode: 0o755});
    box.env.PATH = `${box.root}/older/bin:${shim}:${linked}:${binary}:${box.tools}`;
    expect((await box.install()).stdout).toContain(`\nterraform: ${binary}/terraform\n`);
    box.env.PATH = `${box.root}/older/bin:${linked}:${shim}:${box.tools}`;
    expect((await box.install()).stdout).toContain(`\nterraform: ${linked}/terraform\n`);
  });

  test('a second run of install.sh changes nothing, byte for byte', async () => {
    box.file('.bashrc', 'alias ll="ls -l"');
    await box.install();
    const before = listing(box.home);
    const again = await box.install();
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toBe('');
    expect(listing(box.home)).toEqual(before);
  });

  test('install.sh replaces an older version, and leaves other files in the folder alone', async () => {
    await box.install();
    writeFileSync(join(box.prefix, 'lib/cloudtm.cjs'), 'an older bundle');
    writeFileSync(join(box.prefix, 'bin/terraform'), '#!/bin/bash -p\n# cloudtm launcher\nolder\n');
    writeFileSync(join(box.prefix, 'notes'), 'mine');
    expect((await box.install()).exitCode).toBe(0);
    expect(readFileSync(join(box.prefix, 'lib/cloudtm.cjs'))).toEqual(
      readFileSync(join(clone, 'dist/cloudtm.cjs')),
    );
    expect(readFileSync(join(box.prefix, 'bin/terraform'), 'utf8')).toContain(`node='${process.execPath}'`);
    expect(readFileSync(join(box.prefix, 'notes'), 'utf8')).toBe('mine');
  });

  test('a failed write during install.sh leaves the old version whole and no partial file', async () => {
    await box.install();
    const before = listing(box.home);
    const full = box.program('cp', '#!/bin/sh\necho "cp: No space left on device" >&2; exit 1\n');
    box.env.PATH = `${full}:${box.tools}`;
    const result = await box.install();
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(`install.sh: cannot write to ${box.prefix}, the old version stays\n`);
    expect(listing(box.home)).toEqual(before);
  });

  test('an installation works after the clone is deleted and without node on PATH', async () => {
    const second = join(box.root, 'clone');
    copyClone(clone, second);
    const real = standInFolder(box);
    box.env.PATH = `${real}:${box.tools}`;
    expect((await run(join(second, 'install.sh'), [], {env: box.env})).exitCode).toBe(0);
    rmSync(second, {recursive: true});
    unlinkSync(join(box.tools, 'node'));
    const env = {HOME: box.home, PATH: `${box.prefix}/bin:${real}:${box.tools}`};
    expect(await run(`${box.prefix}/bin/terraform`, ['version'], {env})).toEqual({
      exitCode: 0,
      stdout: 'Terraform v1.11.4\non stand_in\n',
      stderr: '',
    });
    const help = await run(`${box.prefix}/bin/terraform`, ['tm', 'help'], {env});
    expect(help.stderr).toBe('');
    expect(help.stdout).not.toBe('');
    expect(help.exitCode).toBe(0);
  });

  test('the terraform found at installation is used if PATH has none', async () => {
    const real = standInFolder(box);
    box.env.PATH = `${real}:${box.tools}`;
    await box.install();
    const {exitCode, stdout} = await run(`${box.prefix}/bin/terraform`, ['version'], {
      env: {PATH: '/nowhere'},
    });
    expect({exitCode, stdout}).toEqual({exitCode: 0, stdout: 'Terraform v1.11.4\non stand_in\n'});
  });
});

describe('the shells’ own files', () => {
  test('install.sh adds one exact line at the end of each shell file, and creates only those that are read', async () => {
    for (const shell of ['zsh', 'fish']) rmSync(join(box.tools, shell), {force: true});
    box.file('.bashrc', '# mine\n');
    box.file('.bash_profile', 'export A=1\n');
    const result = await box.install();
    expect(result.stdout).toContain(`${box.home}/.bashrc: added the line ${sourceLine(box.prefix)}`);
    expect(result.stdout).toContain(`${box.home}/.profile: made, with the line ${sourceLine(box.prefix)}`);
    expect(box.read('.bashrc')).toBe(`# mine\n${sourceLine(box.prefix)}`);
    expect(box.read('.bash_profile')).toBe(`export A=1\n${sourceLine(box.prefix)}`);
    expect(box.read('.profile')).toBe(sourceLine(box.prefix));
    expect(existsSync(join(box.home, '.bash_login'))).toBe(false);
    expect(existsSync(join(box.home, '.zshrc'))).toBe(false);
    expect(existsSync(join(box.home, '.config'))).toBe(false);
  });

  test('install.sh respects ZDOTDIR, XDG_CONFIG_HOME and XDG_DATA_HOME', async () => {
    box.env.ZDOTDIR = join(box.home, 'z dir');
    box.env.XDG_CONFIG_HOME = join(box.home, 'config');
    box.env.XDG_DATA_HOME = join(box.home, 'data');
    const prefix = join(box.home, 'data/cloudtm');
    box.file('z dir/.zshrc', '');
    box.file('config/fish/config.fish', 'set x 1\n');
    const before = listing(box.home);
    await box.install();
    expect(box.read('z dir/.zshrc')).toBe(sourceLine(prefix));
    expect(box.read('config/fish/config.fish')).toBe(`set x 1\n${fishLine(prefix)}`);
    await box.install('--uninstall');
    expect(listing(box.home)).toEqual(before);
  });

  test('install.sh edits a shell file behind a symlink, which stays a symlink', async () => {
    box.file('dotfiles/bashrc', 'set -o vi\n');
    symlinkSync('dotfiles/bashrc', join(box.home, '.bashrc'));
    const before = listing(box.home);
    await box.install();
    expect(readlinkSync(join(box.home, '.bashrc'))).toBe('dotfiles/bashrc');
    expect(box.read('dotfiles/bashrc')).toBe(`set -o vi\n${sourceLine(box.prefix)}`);
    await box.install('--uninstall');
    expect(listing(box.home)).toEqual(before);
  });

  test('install.sh adds a missing final newline to a shell file, and --uninstall removes it', async () => {
    box.file('.bashrc', 'alias a=b');
    await box.install();
    expect(box.read('.bashrc')).toBe(`alias a=b\n${sourceLine(box.prefix)}`);
    await box.install('--uninstall');
    expect(box.read('.bashrc')).toBe('alias a=b');
  });

  test('install.sh names a shell file that it cannot write with the line to add, and continues', async () => {
    // For root no mode is read-only; this file of the system is.
    if (process.getuid?.() === 0) symlinkSync('/proc/version', join(box.home, '.bashrc'));
    else chmodSync(box.file('.bashrc', ''), 0o444);
    const result = await box.install();
    expect(result.stderr).toBe(
      `install.sh: cannot write ${box.home}/.bashrc; add this line to it by hand: ${sourceLine(box.prefix)}`,
    );
    expect(result.exitCode).toBe(0);
    expect(box.read('.profile')).toBe(sourceLine(box.prefix));
    expect((await box.install('--uninstall')).exitCode).toBe(0);
  });

  test('install.sh --no-modify-path changes no shell file and prints the line to use', async () => {
    box.file('.bashrc', '# mine\n');
    const before = listing(box.home);
    const prefix = join(box.root, 'p $x "q"');
    const result = await box.install('--no-modify-path', `--prefix=${prefix}`);
    expect(result.exitCode).toBe(0);
    expect(listing(box.home)).toEqual(before);
    const line = result.stdout.split('\n').find((text) => text.startsWith('  PATH='));
    const found = await run('/bin/sh', ['-c', `${line ?? 'false'}; command -v terraform`], {env: box.env});
    expect(found.stdout).toBe(`${prefix}/bin/terraform\n`);
  });
});

/** How a new terminal of each shell is started to run one command, and how that shell sources our file again. */
const shells = {
  bash: {start: ['-i', '-c'], again: (prefix: string) => `. "${prefix}/env.sh"`},
  zsh: {start: ['-i', '-c'], again: (prefix: string) => `. "${prefix}/env.sh"`},
  fish: {start: ['-i', '-c'], again: (prefix: string) => `source "${prefix}/env.fish"`},
  dash: {start: ['-euc'], again: (prefix: string) => `. "${prefix}/env.sh"`},
};

describe.each(Object.entries(shells))('%s', (shell, {start, again}) => {
  const missing = which(shell) === undefined;
  const first = shell === 'dash' ? '. "$HOME/.profile"; ' : '';

  test.skipIf(missing)('a new terminal finds our terraform before any other', async () => {
    await box.install();
    const {exitCode, stdout} = await run(
      join(box.tools, shell),
      [...start, `${first}command -v terraform; env | grep ^PATH=`],
      {env: terminal(standInFolder(box))},
    );
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`${box.prefix}/bin/terraform`);
    expect(lines[1]).toMatch(`PATH=${box.prefix}/bin:`);
    expect(exitCode).toBe(0);
  });

  test.skipIf(missing)(
    'sourced again after something else came first, our folder is first and stands there once',
    async () => {
      await box.install();
      const other = standInFolder(box);
      const put = shell === 'fish' ? `set -gx PATH '${other}' $PATH` : `PATH=${other}:$PATH`;
      const {stdout} = await run(
        join(box.tools, shell),
        [
          ...start,
          `${first}${put}; command -v terraform; ${again(box.prefix)}; command -v terraform; env | grep ^PATH=`,
        ],
        {env: terminal(box.tools)},
      );
      const [before, after, path] = stdout.split('\n');
      expect(before).toBe(`${other}/terraform`);
      expect(after).toBe(`${box.prefix}/bin/terraform`);
      expect(path?.split(':').filter((folder) => folder.endsWith(`${box.prefix}/bin`))).toHaveLength(1);
    },
  );

  test.skipIf(missing)(
    'a prefix with spaces, quotes, a dollar and a backtick is found, and leaves no trace',
    async () => {
      const prefix = join(box.home, 'a \'b" $c `d` \\e');
      const before = listing(box.home);
      await box.install('--prefix', prefix);
      const {stdout, exitCode} = await run(
        join(box.tools, shell),
        [...start, `${first}command -v terraform`],
        {
          env: {...terminal(standInFolder(box)), XDG_DATA_HOME: join(box.root, 'data')},
        },
      );
      expect({stdout, exitCode}).toEqual({stdout: `${prefix}/bin/terraform\n`, exitCode: 0});
      expect((await box.install('--uninstall', '--prefix', prefix)).exitCode).toBe(0);
      // What the shell itself put there while it ran (fish keeps its variables beside its configuration) is not ours.
      const own = (line: string) => !/^\.(config|zcompdump|cache|local)/.test(line);
      expect(listing(box.home).filter(own)).toEqual(before);
    },
  );
});

describe('env.sh', () => {
  test.each([
    ['an empty PATH', '', ''],
    ['another folder', '/usr/bin', ':/usr/bin'],
    ['our folder first', 'OUR:/usr/bin', ':/usr/bin'],
    ['our folder last', '/usr/bin:OUR', ':/usr/bin'],
    ['our folder many times', 'OUR:OUR:/a:OUR:/b:OUR', ':/a:/b'],
    ['folders whose names begin or end like ours', 'OURs:/xOUR:/a', ':OURs:/xOUR:/a'],
    ['empty elements, which mean the working folder', '/a::/b', ':/a::/b'],
    ['folders with spaces and stars', '/a b:/*:OUR', ':/a b:/*'],
  ])('%s', async (_, path, rest) => {
    await box.install();
    const our = `${box.prefix}/bin`;
    const script = `PATH='${path.replaceAll('OUR', our)}'; . "${box.prefix}/env.sh"; echo "$PATH"; set`;
    for (const shell of ['sh', 'bash', 'dash', 'zsh'].filter((name) => which(name) !== undefined)) {
      const result = await run(join(box.tools, shell), ['-euc', script], {env: box.env});
      const [first, ...variables] = result.stdout.split('\n');
      expect([shell, first]).toEqual([shell, `${our}${rest.replaceAll('OUR', our)}`]);
      expect(variables.filter((line) => /^_*cloudtm/i.test(line))).toEqual([]);
      expect(result).toMatchObject({exitCode: 0, stderr: ''});
    }
  });
});

describe('--uninstall', () => {
  test('--uninstall leaves no trace in an empty home', async () => {
    await box.install();
    expect(listing(box.home)).not.toEqual([]);
    const result = await box.install('--uninstall');
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain(
      `removed cloudtm from ${box.prefix}; the .cloudtm/ folders of your projects stay as they are\n`,
    );
    expect(listing(box.home)).toEqual([]);
  });

  test('--uninstall restores every shell file byte for byte', async () => {
    box.file('.profile', '');
    box.file('.bashrc', 'no newline');
    box.file('.bash_profile', '\n\n');
    box.file('.zshrc', 'tab\there \\ back\\n $HOME `x` \u00e9\n\n  ');
    box.file('.config/fish/config.fish', 'crlf\r\n');
    box.file('.local/share/other/file', 'x');
    writeFileSync(join(box.home, '.bash_login'), Buffer.from([0x61, 0xff, 0xfe, 0x0a]));
    chmodSync(join(box.home, '.zshrc'), 0o600);
    const before = listing(box.home);
    await box.install();
    expect(listing(box.home)).not.toEqual(before);
    await box.install();
    expect((await box.install('--uninstall')).exitCode).toBe(0);
    expect(listing(box.home)).toEqual(before);
  });

  test('--uninstall removes only its line from files that changed since', async () => {
    box.file('.bashrc', 'first');
    await box.install();
    appendFileSync(join(box.home, '.bashrc'), 'later, no newline');
    appendFileSync(join(box.home, '.profile'), 'export B=2\n');
    await box.install('--uninstall');
    expect(box.read('.bashrc')).toBe('first\nlater, no newline');
    expect(box.read('.profile')).toBe('export B=2\n');
  });

  test('--uninstall keeps the newline of a line that was added before ours', async () => {
    box.file('.bashrc', 'first');
    await box.install();
    box.file('.bashrc', `first\nsecond\n${sourceLine(box.prefix)}`);
    await box.install('--uninstall');
    expect(box.read('.bashrc')).toBe('first\nsecond\n');
  });

  test('a second --uninstall says that nothing is installed, and exits with 0', async () => {
    await box.install();
    await box.install('--uninstall');
    expect(await box.install('--uninstall')).toEqual({
      exitCode: 0,
      stdout: `cloudtm is not installed in ${box.prefix}: nothing to remove\n`,
      stderr: '',
    });
  });

  test('--uninstall keeps a folder that existed before, and names the user’s own files in it', async () => {
    const prefix = join(box.root, 'there');
    mkdirSync(join(prefix, 'bin'), {recursive: true});
    await box.install('--no-modify-path', '--prefix', prefix);
    writeFileSync(join(prefix, 'bin/mine'), 'x');
    const result = await box.install('--uninstall', '--prefix', prefix);
    expect(result.stdout).toContain(`these files are not ours and stay:\n  ${prefix}/bin/mine\n`);
    expect(result.exitCode).toBe(0);
    expect(listing(prefix).map((line) => line.split(' ')[0])).toEqual(['bin/', 'bin/mine']);
  });

  test('--uninstall refuses a folder that is not an installation', async () => {
    const folder = dirname(box.file('data/file', 'x'));
    const before = listing(box.home);
    expect(await box.install('--uninstall', '--prefix', folder)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `install.sh: ${folder} holds files and is not an installation of cloudtm: nothing was removed\n`,
    });
    expect(listing(box.home)).toEqual(before);
  });

  test('--uninstall removes the lines even if the folder was deleted by hand, and needs no Node', async () => {
    await box.install();
    rmSync(box.prefix, {recursive: true});
    unlinkSync(join(box.tools, 'node'));
    expect((await box.install('--uninstall')).exitCode).toBe(0);
    expect(box.read('.profile')).toBe('');
  });

  test('--uninstall leaves the versions of projects alone', async () => {
    await box.install();
    const kept = box.file('project/.cloudtm/versions/v1/manifest.json', '{}');
    await box.install('--uninstall');
    expect(existsSync(kept)).toBe(true);
  });
});

describe('without a bash that hands on the environment', () => {
  test('without a suitable bash a Node entry is installed, which passes everything on, and can be replaced later', async () => {
    const real = box.program(
      'terraform',
      // Not a shell script: dash would lose the name itself.
      `#!${process.execPath}
if (process.argv[2] !== 'version') process.exit(2);
for (const [name, value] of Object.entries(process.env)) console.log(name + '=' + value);
`,
    );
    // As an old bash does: a name that is no identifier is lost.
    const bash = box.program('bash', '#!/bin/sh\nshift\nexec env -u TF_VAR_my-var /bin/sh "$@"\n');
    box.env.PATH = `${real}:${box.tools}`;
    box.env.CLOUDTM_BASH = `${bash}/bash`;
    // A folder above that makes every file without an ending a module.
    box.file('package.json', '{"type": "module"}');
    const result = await box.install();
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain('a launcher in Node takes its place (correct, but slower)\n');
    const entry = readFileSync(join(box.prefix, 'bin/terraform'), 'utf8').split('\n');
    expect(entry.slice(0, 2)).toEqual([`#!${process.execPath}`, '// cloudtm launcher']);

    const env = {HOME: box.home, PATH: `${box.prefix}/bin:${real}:${box.tools}`, 'TF_VAR_my-var': 'x'};
    const version = await run(`${box.prefix}/bin/terraform`, ['version'], {env});
    expect(
      version.stdout
        .split('\n')
        // A terraform that is a script may be a manager's shim, and gets the chain.
        .filter((line) => /^(HOME|TF_VAR|CLOUDTM_(?!CHAIN=))/.test(line))
        .sort(),
    ).toEqual([`HOME=${box.home}`, 'TF_VAR_my-var=x']);
    expect((await run(`${box.prefix}/bin/terraform`, ['plan'], {env})).exitCode).toBe(2);
    expect((await run(`${box.prefix}/bin/cloudtm`, ['version'], {env})).exitCode).toBe(0);

    delete box.env.CLOUDTM_BASH;
    await box.install();
    expect(readFileSync(join(box.prefix, 'bin/terraform'), 'utf8')).toMatch(/^#!.*bash -p\n/);
    expect(existsSync(join(box.prefix, 'package.json'))).toBe(false);
    await box.install('--uninstall');
    expect(listing(box.home).map((line) => line.split(' ')[0])).toEqual(['package.json']);
  });

  test('the Node entry without its bundle warns, and terraform runs', async () => {
    const real = standInFolder(box);
    box.env.PATH = `${real}:${box.tools}`;
    box.env.CLOUDTM_BASH = '/nowhere/bash';
    await box.install();
    rmSync(join(box.prefix, 'lib/cloudtm.cjs'));
    expect(await run(`${box.prefix}/bin/terraform`, ['version'], {env: box.env})).toEqual({
      exitCode: 0,
      stdout: 'Terraform v1.11.4\non stand_in\n',
      stderr: `cloudtm: ${box.prefix}/lib/cloudtm.cjs cannot be read, so no version is kept: run install.sh again\n`,
    });
  });

  test('install.sh says that a path of Node with a space cannot be in a first line', async () => {
    const node = join(box.root, 'my node');
    mkdirSync(node);
    symlinkSync(process.execPath, join(node, 'real'));
    const fake = box.program(
      'node',
      `#!/bin/sh\ncase $1 in --version) echo v20.1.0;; *) echo '${node}/real';; esac\n`,
    );
    box.env.PATH = `${fake}:${box.tools}`;
    box.env.CLOUDTM_BASH = '/nowhere/bash';
    const result = await box.install();
    expect(result.stderr).toBe(
      'install.sh: no bash here hands on an environment unchanged, and the way without it needs a path of Node ' +
        `without spaces: ${node}/real\n`,
    );
    expect(result.exitCode).toBe(1);
    expect(listing(box.home)).toEqual([]);
  });
});

describe('what it refuses', () => {
  afterEach(() => {
    expect(listing(box.home)).toEqual([]);
  });

  test('install.sh refuses an unknown option and shows the usage', async () => {
    const result = await box.install('--perfix', '/x');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(
      /^install\.sh: unknown option: --perfix\nusage: \.\/install\.sh \[--prefix DIR\]/,
    );
  });

  test('install.sh --help is not an error', async () => {
    const result = await box.install('--help');
    expect(result).toMatchObject({exitCode: 0, stderr: ''});
    expect(result.stdout).toMatch(/^usage: /);
  });

  test('install.sh refuses to run without HOME and --prefix', async () => {
    delete box.env.HOME;
    expect(await box.install()).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'install.sh: HOME is not set: say where to install with --prefix DIR\n',
    });
  });

  test.each([
    [['--prefix'], '--prefix needs a folder'],
    [['--prefix='], '--prefix needs a folder of its own'],
    [['--prefix', '/'], '--prefix needs a folder of its own'],
    [['--prefix', '/a:b'], 'the prefix cannot hold a colon, PATH is separated by them: /a:b'],
    [['--prefix', '/a\nb'], 'the prefix cannot hold a line break'],
    [['--try', '--uninstall'], '--uninstall and --try do not go together'],
    [['--try', '--prefix', '/x'], '--try installs into a temporary folder of its own, without --prefix'],
  ])('%j', async (args, message) => {
    expect(await box.install(...args)).toEqual({exitCode: 1, stdout: '', stderr: `install.sh: ${message}\n`});
  });

  test('install.sh refuses a prefix that cannot be created', async () => {
    const file = join(box.root, 'file');
    writeFileSync(file, '');
    const result = await box.install('--prefix', join(file, 'p'));
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toBe(`install.sh: cannot install into ${file}/p: ${file} is not a folder\n`);
  });

  test('install.sh refuses a folder whose bin/terraform is not ours', async () => {
    const prefix = join(box.root, 'usr');
    mkdirSync(join(prefix, 'bin'), {recursive: true});
    writeFileSync(join(prefix, 'bin/terraform'), 'the real one');
    const result = await box.install('--prefix', prefix);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(`${prefix}/bin/terraform is there and is not cloudtm's`);
    expect(readFileSync(join(prefix, 'bin/terraform'), 'utf8')).toBe('the real one');
  });

  test.each([
    [
      'an old Node',
      '#!/bin/sh\necho v18.19.1\n',
      'cloudtm needs Node 20 or newer, and node is v18.19.1. Get it from',
    ],
    ['a node that is something else', '#!/bin/sh\necho hello\n', 'and node says it is "hello". Get it from'],
  ])('%s', async (_, script, message) => {
    box.env.PATH = `${box.program('node', script)}:${box.tools}`;
    const result = await box.install();
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(message);
  });

  test('install.sh refuses a machine without Node', async () => {
    unlinkSync(join(box.tools, 'node'));
    const result = await box.install();
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(
      'install.sh: cloudtm needs Node 20 or newer, and there is no node on PATH. Get it from',
    );
  });

  test('install.sh shows the output of a failed npm, and installs nothing', async () => {
    box.env.PATH = `${box.program('npm', '#!/bin/sh\necho "npm error: $*"; exit 7\n')}:${box.tools}`;
    expect(await box.install()).toMatchObject({
      exitCode: 1,
      stderr:
        'npm error: ci --include=dev\n' +
        'install.sh: npm ci --include=dev failed with status 7, nothing was installed or changed\n',
    });
  });
});

test('install.sh takes a relative prefix as relative to the working folder', async () => {
  const result = await box.install('--no-modify-path', '--prefix', './a//b/');
  expect(result.exitCode).toBe(0);
  expect(readFileSync(join(box.root, 'a/b/bin/terraform'), 'utf8')).toContain(
    `bundle='${box.root}/a/b/lib/cloudtm.cjs'`,
  );
});

describe('--try', () => {
  /** The commands of the demo, in their order, as it prints them. */
  const story = [
    '$ terraform init',
    '$ terraform apply -auto-approve',
    '$ terraform apply -auto-approve',
    '$ terraform tm list',
    '$ terraform destroy -auto-approve',
    '$ terraform tm rollback -to v1',
    '$ terraform tm list',
    '$ terraform tm rollback -del',
  ];

  async function shows(): Promise<Result> {
    const before = listing(box.root);
    const result = await box.install('--try');
    expect(result.stdout.split('\n').filter((line) => line.startsWith('$ '))).toEqual(story);
    expect(result.stdout).toMatch(
      /\nThat was cloudtm\. Install it with: {3}\.\/install\.sh\nand take it away again with: {9}\.\/install\.sh --uninstall\n$/,
    );
    expect(result.stdout + result.stderr).toMatch(/v1\b[\s\S]*v2\b/);
    expect(result.exitCode).toBe(0);
    expect(listing(box.root)).toEqual(before);
    return result;
  }

  test('install.sh --try shows the whole story with a stand-in, says so, and leaves nothing behind', async () => {
    expect((await shows()).stdout).toContain(
      'There is no terraform on PATH: a stand-in plays its part below',
    );
  });

  test.skipIf(which('terraform') === undefined)(
    'install.sh --try shows the whole story with the real terraform',
    async () => {
      box.env.PATH = `${box.tools}:${dirname(which('terraform') ?? '')}`;
      box.env.TF_CLI_CONFIG_FILE = join(box.root, 'not-there');
      const result = await shows();
      expect(result.stdout).not.toContain('stand-in');
      expect(result.stdout + result.stderr).not.toContain('not-there');
    },
  );

  test('install.sh --try ends with the status of a failed step, and names the step', async () => {
    const broken = box.program('terraform', '#!/bin/sh\n[ "$1" != apply ] || exit 3\n');
    box.env.PATH = `${broken}:${box.tools}`;
    const result = await box.install('--try');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('This step failed with status 3: terraform apply -auto-approve\n');
    expect(result.stdout).not.toContain('That was cloudtm.');
  });
});

test.skipIf(which('shellcheck') === undefined)('shellcheck finds nothing in any shell script', async () => {
  const scripts = shellScripts();
  expect(scripts).toContain(join(checkout, 'install.sh'));
  expect(scripts).toContain(standIn);
  for (const path of scripts) expect(statSync(path).isFile()).toBe(true);
  const env = {PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8'};
  expect(await run(which('shellcheck') ?? '', ['--norc', ...scripts], {env})).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
});
