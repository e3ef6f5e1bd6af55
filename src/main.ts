import type {Context} from './context.js';
import {ExpectedError} from './errors.js';
import {classify, translate} from './intercept/classify.js';
import {reportRun} from './report/report-run.js';
import type {Exit} from './terraform/exit.js';
import {isCalledBack} from './terraform/locate.js';

/**
 * Do what the command line says: a command of ours, or one of terraform's with what it changes kept.
 *
 * @returns How to end; for terraform's commands exactly as terraform ended. Never throws: this is the only catch.
 */
export async function main(called: Context): Promise<Exit> {
  const isCloudtm = called.launch.program === 'cloudtm';
  const tm = isCloudtm ? 'cloudtm' : 'terraform tm';
  const context = isCloudtm ? {...called, argv: translate(called.argv)} : called;
  try {
    const invocation = classify(context.argv);
    if (invocation.kind === 'tm') {
      const {runTm} = await import('./commands/table.js');
      return {code: await Promise.race([runTm(context, tm, invocation), context.crashed])};
    }
    const {intercept, passThrough} = await import('./intercept/pipeline.js');
    if (invocation.kind === 'passthrough' || isPlain(context)) return await passThrough(context);
    const report = reportRun(context.stderr, context.env.CLOUDTM_QUIET === '1', tm);
    return await intercept(context, invocation, report);
  } catch (error) {
    const {formatError} = await import('./report/format-error.js');
    context.stderr.write(formatError(error, tm));
    return {code: error instanceof ExpectedError ? error.exitStatus : 1};
  }
}

/** What the launcher decides where there is one: switched off, asked for completions, or led back here. */
function isPlain(context: Context): boolean {
  const {env} = context;
  return env.CLOUDTM_DISABLE === '1' || (env.COMP_LINE ?? '') !== '' || isCalledBack(context);
}
