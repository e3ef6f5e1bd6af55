// A version of a project of 10,000 files and 200 MB, 1% of it changed, against what a user would take for snapshots:
// `rsync -a --link-dest`. The stand-in for terraform takes no time and changes only the state, so that nothing of
// cloudtm's work hides behind terraform's: the whole time of the process is shown, and nothing is taken off.
import {randomBytes} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {BYTES, FILES, FOLDERS, fileOf} from './change-files.mjs';
import {CannotMeasure, countVersions, readCount, run, scrubbedEnvironment, writeScript} from './ground.mjs';
import {commandLine, measurePair} from './hyperfine.mjs';

/** Counts its runs, so that every version can be accounted for. */
const STAND_IN = `read -r n <terraform.count 2>/dev/null || n=0
n=$((n + 1))
echo "$n" >terraform.count
cat >terraform.tfstate <<END
{"version": 4, "terraform_version": "1.11.4", "serial": $n, "lineage": "bench", "outputs": {}, "resources": [
  {"mode": "managed", "type": "terraform_data", "name": "one",
   "provider": "provider[\\"terraform.io/builtin/terraform\\"]",
   "instances": [{"schema_version": 0, "attributes": {"id": "1", "input": $n}}]}]}
END`;

export async function measureLargeProject({tools, folder, quick}) {
  // Each side has a tree of its own: what changes before a run of the one is no work for the other.
  const [bare, project] = [join(folder, 'large-bare'), join(folder, 'large-cloudtm')];
  const snapshots = join(folder, 'snapshots');
  const store = join(project, '.cloudtm');
  writeProject(bare);
  writeProject(project);
  mkdirSync(snapshots);
  writeFileSync(join(snapshots, 'count'), '0\n');
  const standIn = writeScript(join(folder, 'stand-in', 'terraform'), STAND_IN);
  const env = {...scrubbedEnvironment(folder, tools.shim, standIn), CLOUDTM_TERRAFORM: standIn};
  const around = {cwd: project, env};

  // Before each run a hundredth of the files is written anew.
  const change = [process.execPath, join(import.meta.dirname, 'change-files.mjs')];
  const sides = {
    bare: {
      // The trailing / means: what is in the project.
      command: [tools.rsync, '-a', `--link-dest=${snapshots}/previous`, `${bare}/`, `${snapshots}/new`],
      prepare: [...change, bare, snapshots],
      place: snapshots,
    },
    cloudtm: {
      command: [tools.shim, 'apply', '-auto-approve'],
      prepare: [...change, project],
      place: store,
    },
  };
  // The first of each is a whole copy.
  for (const {command, prepare} of Object.values(sides)) {
    await run(prepare, around);
    await run(command, around);
  }

  const pair = Object.fromEntries(
    Object.entries(sides).map(([name, {command, prepare}]) => [
      name,
      {command: commandLine(command), prepare: commandLine(prepare)},
    ]),
  );
  const {rounds, runs} = quick ? {rounds: 2, runs: 2} : {rounds: 5, runs: 3};
  const time = await measurePair(tools.hyperfine, pair, {rounds, runs, folder, ...around});

  const grown = async ({command, prepare, place}) => {
    await run(prepare, around);
    const before = await mebibytes(place);
    await run(command, around);
    return (await mebibytes(place)) - before;
  };
  const disk = {bare: await grown(sides.bare), cloudtm: await grown(sides.cloudtm)};
  const [kept, applied] = [countVersions(store), readCount(join(project, 'terraform.count'))];
  if (kept !== applied)
    throw new CannotMeasure(`${kept} versions were kept of ${applied} in the large project`);

  const files = (FOLDERS * FILES).toLocaleString('en-US');
  return [
    {
      what: `version of ${files} files, ${(FOLDERS * FILES * BYTES) / 1e6} MB, 1% changed`,
      against: 'rsync',
      ...time,
      budget: {times: 1},
    },
    {
      what: `  disk it uses (${(FOLDERS * BYTES) / 1e6} MB of files changed)`,
      against: 'rsync',
      unit: 'MiB',
      ...disk,
    },
  ];
}

/** Noise, so that a filesystem which compresses has nothing to gain. */
function writeProject(project) {
  mkdirSync(project);
  writeFileSync(join(project, 'main.tf'), 'resource "terraform_data" "one" {}\n');
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    for (let file = 0; file < FILES; file += 1) {
      const path = fileOf(project, folder, file);
      if (file === 0) mkdirSync(join(path, '..'));
      writeFileSync(path, randomBytes(BYTES));
    }
  }
}

/** What a folder uses on disk, each file once however many links it has. */
async function mebibytes(folder) {
  return Number((await run(['du', '-sk', folder], {})).split('\t')[0]) / 1024;
}
