// Commands on a small project, fixtures/web-app, bare against through the shim. Each side has a copy of its own.
import {cpSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {CannotMeasure, countVersions, readCount, repository, run, writeScript} from './ground.mjs';
import {commandLine, measurePair} from './hyperfine.mjs';

const APPLY = ['apply', '-auto-approve', '-input=false', '-no-color'];
/** More servers from run to run: `$1` is the project, beside it the number of runs. */
const VARY = `read -r n <"$1.count"
n=$((n + 1))
echo "$n" >"$1.count"
echo "replicas = $n" >"$1/count.auto.tfvars"`;

/** A command that cannot change state. */
export async function measureVersion({tools, folder, env, quick}) {
  const pair = {
    bare: {command: commandLine([tools.terraform, 'version'])},
    cloudtm: {command: commandLine([tools.shim, 'version'])},
  };
  const times = quick ? {rounds: 4, runs: 10} : {rounds: 12, runs: 15};
  const measured = await measurePair(tools.hyperfine, pair, {...times, folder, cwd: folder, env});
  return [{what: '`terraform version`', against: 'bare', ...measured, budget: {more: 2, times: 1.06}}];
}

/** `apply` that changes something every time, then `apply` that never does. */
export async function measureApply(bench) {
  const times = bench.quick ? {rounds: 4, runs: 5} : {rounds: 10, runs: 7};
  const {changing, unchanging} = await measureApplies({...bench, name: 'web-app', times});
  return [
    {what: '`apply` that changes something', against: 'bare', ...changing, budget: {more: 80}},
    {what: '`apply` that changes nothing', against: 'bare', ...unchanging, budget: {more: 50}},
  ];
}

/**
 * Measure both kinds of `apply` of the small project.
 *
 * @param name Of the folders it is copied to.
 * @param files Gives the further files of one copy, by name; asked once for each.
 * @returns What `measurePair` measured of the applies that are `changing` something, and of those `unchanging`.
 */
export async function measureApplies({tools, folder, env, times, name, files = () => ({})}) {
  const vary = writeScript(join(folder, 'vary'), VARY);
  const side = async (which, program) => {
    const project = join(folder, `${name}-${which}`);
    const terraform = (...words) => [program, `-chdir=${project}`, ...words];
    cpSync(join(repository, 'fixtures', 'web-app'), project, {recursive: true});
    for (const [file, content] of Object.entries(files())) writeFileSync(join(project, file), content);
    writeFileSync(`${project}.count`, '0\n');
    await run(terraform('init', '-input=false', '-no-color'), {env});
    await run([vary, project], {env});
    await run(terraform(...APPLY), {env});
    return {project, command: commandLine(terraform(...APPLY)), prepare: commandLine([vary, project])};
  };
  const bare = await side('bare', tools.terraform);
  const cloudtm = await side('cloudtm', tools.shim);

  const options = {...times, folder, cwd: folder, env};
  const changing = await measurePair(tools.hyperfine, {bare, cloudtm}, options);
  const same = {bare: {command: bare.command}, cloudtm: {command: cloudtm.command}};
  const unchanging = await measurePair(tools.hyperfine, same, options);

  // Else something was measured that did not do its work.
  const [kept, varied] = [
    countVersions(join(cloudtm.project, '.cloudtm')),
    readCount(`${cloudtm.project}.count`),
  ];
  if (kept !== varied)
    throw new CannotMeasure(`${kept} versions were kept in ${name}, but ${varied} applies changed something`);
  return {changing, unchanging};
}
