import {createHash} from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {basename, dirname, join, relative, resolve} from 'node:path';
import {execa} from 'execa';

/** The checkout these tests stand in. */
export const checkout = resolve(import.meta.dirname, '../..');
export const standIn = join(checkout, 'test/support/stand-in-terraform');

/** What install.sh, the launchers and the stand-in may find on PATH besides shells, node and npm. */
const tools =
  'awk basename cat chmod cksum cp cut date dd dirname env find grep head id ln ls mkdir mktemp mv readlink rm rmdir sed sh sleep sort tail touch tr uname wc';

/** The absolute path of a program on this machine's PATH, or undefined. */
export function which(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (folder.startsWith('/') && lstatSync(realpathSync(path)).isFile()) return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

export interface Result {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with exactly this environment and no standard input; nothing of it is thrown. */
export async function run(
  file: string,
  args: readonly string[],
  options: {env: Record<string, string>; cwd?: string},
): Promise<Result> {
  const {exitCode, stdout, stderr} = await execa(file, args, {
    env: options.env,
    extendEnv: false,
    cwd: options.cwd ?? '/',
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
  });
  return {exitCode, stdout, stderr};
}

/** Copies what a clone would hold, and `dist/` where `from` has one: not node_modules, not .git. */
export function copyClone(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !['node_modules', '.git', '.venv'].includes(relative(from, path)),
  });
}

/** Every path below a folder with its kind, mode and content: two equal listings mean that nothing was touched. */
export function listing(folder: string): string[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path);
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
      if (stat.isDirectory()) return `${name}/ ${mode}`;
      return `${name} ${mode} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
    });
}

/** A home folder of its own, a PATH that holds only what a test puts there, and install.sh run in them. */
export interface Box {
  /** The folder that holds everything below; its name has no spaces. */
  readonly root: string;
  readonly home: string;
  /** A folder with the tools, node, the shells of this machine and an npm that does nothing. */
  readonly tools: string;
  /** The default prefix below `home`. */
  readonly prefix: string;
  /** The environment install.sh gets; a test may add to it. */
  readonly env: Record<string, string>;
  /** Writes a file below `home` and returns its path. */
  file(name: string, content: string): string;
  read(name: string): string;
  /** Makes an executable script in a folder of its own and returns that folder, for PATH. */
  program(name: string, script: string): string;
  /** Runs install.sh of the box's clone with `env`, in `root`. */
  install(...args: string[]): Promise<Result>;
  remove(): void;
}

/** Makes a box whose install.sh is the one of `clone`. */
export function makeBox(clone: string, options: {realNpm?: boolean} = {}): Box {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cloudtm-install-test-')));
  const home = join(root, 'home');
  const toolbox = join(root, 'tools');
  mkdirSync(home);
  mkdirSync(toolbox);
  for (const name of [...tools.split(' '), 'bash', 'dash', 'zsh', 'fish']) {
    const path = which(name);
    if (path !== undefined) symlinkSync(path, join(toolbox, name));
  }
  symlinkSync(process.execPath, join(toolbox, 'node'));
  const npm = options.realNpm === true ? which('npm') : undefined;
  const script = npm === undefined ? '#!/bin/sh\nexit 0\n' : `#!/bin/sh\nexec '${npm}' "$@"\n`;
  writeFileSync(join(toolbox, 'npm'), script, {mode: 0o755});

  const env: Record<string, string> = {HOME: home, PATH: toolbox, TMPDIR: root, CHECKPOINT_DISABLE: '1'};
  if (npm !== undefined) Object.assign(env, npmSettings());
  let programs = 0;
  return {
    root,
    home,
    tools: toolbox,
    prefix: join(home, '.local/share/cloudtm'),
    env,
    file(name, content) {
      const path = join(home, name);
      mkdirSync(dirname(path), {recursive: true});
      writeFileSync(path, content);
      return path;
    },
    read: (name) => readFileSync(join(home, name), 'utf8'),
    program(name, content) {
      programs += 1;
      const folder = join(root, `programs-${programs}`);
      mkdirSync(folder);
      writeFileSync(join(folder, name), content);
      chmodSync(join(folder, name), 0o755);
      return folder;
    },
    install: (...args) => run(join(clone, 'install.sh'), args, {env, cwd: root}),
    remove() {
      rmSync(root, {recursive: true, force: true});
    },
  };
}

/** How npm reaches its packages on this machine (proxy, certificates, cache), which a new home would not know. */
function npmSettings(): Record<string, string> {
  const settings: Record<string, string> = {
    npm_config_userconfig: join(homedir(), '.npmrc'),
    npm_config_cache: join(homedir(), '.npm'),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  };
  for (const [name, value] of Object.entries(process.env)) {
    const wanted =
      /^(https?|no|all)_proxy$|^NODE_EXTRA_CA_CERTS$|^SSL_CERT_|^npm_config_(userconfig|globalconfig|cache|registry|cafile|prefix)$/i;
    if (wanted.test(name) && value !== undefined) settings[name] = value;
  }
  return settings;
}

/** A folder with the stand-in as `terraform`, for PATH. */
export function standInFolder(box: Box): string {
  return box.program('terraform', readFileSync(standIn, 'utf8'));
}

/** Files of the checkout that are shell scripts. */
export function shellScripts(): string[] {
  const inFolder = (folder: string) =>
    existsSync(join(checkout, folder))
      ? readdirSync(join(checkout, folder)).map((name) => join(checkout, folder, name))
      : [];
  return [
    join(checkout, 'install.sh'),
    join(checkout, '.ci/run'),
    standIn,
    ...inFolder('scripts').filter((path) => path.endsWith('.sh')),
    ...inFolder('shim').filter((path) => !/\.(fish|cjs)$/.test(basename(path))),
  ];
}
