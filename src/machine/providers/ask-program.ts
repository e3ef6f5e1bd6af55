import * as v from 'valibot';
import {codeOf} from '../../errors.js';
import {ProviderFailure, type ProviderContext} from '../provider.js';
import {issueText} from '../schema.js';

/** How a provider's program ended. */
export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long (ms) a program may take for one answer: a dead address alone costs doctl 31 s. */
const LIMIT = 120_000;
/** How long (ms) output may come after the program's end. */
const REST = 1_000;
/** The largest answer (bytes): some thousands of images. */
const LARGEST = 2 ** 28;

/**
 * Run a provider's program to its end. Its arguments are arguments, never a line for a shell.
 *
 * @param input What it reads from stdin; nothing if missing.
 * @throws ProviderFailure `program-missing` when it cannot be started, `passing` when it did not answer in time or was
 *   killed by a signal.
 */
export async function askProgram(
  program: string,
  words: readonly string[],
  {env, cwd}: Pick<ProviderContext, 'env' | 'cwd'>,
  input?: string,
): Promise<ProgramResult> {
  const {execa} = await import('execa');
  const child = execa(program, words, {
    cwd,
    env,
    extendEnv: false,
    reject: false,
    cleanup: false,
    ...(input === undefined ? {stdin: 'ignore' as const} : {input}),
    stripFinalNewline: false,
    maxBuffer: LARGEST,
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  // A process the program left behind may keep its output open for ever.
  child.once('exit', () => {
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, REST).unref();
  });
  const {timedOut, exitCode: status, signal, cause, stdout, stderr} = await child;
  if (timedOut) throw new ProviderFailure('passing', `${program} did not answer within ${LIMIT / 1000} s`);
  if (signal !== undefined) throw new ProviderFailure('passing', `${program} was killed by ${signal}`);
  if (status === undefined)
    throw new ProviderFailure('program-missing', `${program}: ${codeOf(cause)}`, {cause});
  return {status, stdout, stderr};
}

/**
 * What a provider's program printed, as the data it should be; no output is undefined.
 * @throws ProviderFailure `unclear` that names what is wrong.
 */
export function readAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  program: string,
  output: string,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = output.trim() === '' ? undefined : JSON.parse(output);
  } catch (cause) {
    throw new ProviderFailure('unclear', `${program} did not answer in JSON`, {cause});
  }
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  throw new ProviderFailure('unclear', `${program} gave an unexpected answer: ${issueText(read.issues)}`);
}
