import {spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Context} from '../context.js';

/** How much text (characters) is handed on in one go. */
const CHUNK = 1 << 16;
/** `less` where there is one; quits at once when all fits on the screen, shows colours, leaves what it showed. */
const USUAL = 'command -v less >/dev/null || exit 127; exec less -FRX';
/** A shell's statuses for a program that cannot be started and for one that is not there. */
const NOT_STARTED = [126, 127];
/** Keys reach the pager by themselves, since it is in the same process group. Everything else was meant for us alone. */
const FROM_KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/**
 * Show lines: on a terminal through the user's `PAGER`, or `less` where there is one; otherwise as they are. Ends when the
 * pager does, and makes no more lines than it wants to have.
 *
 * @param lines Called again when a pager cannot be started.
 * @param wanted Whether the user wants a pager.
 * @throws what making the lines throws, once the pager has ended.
 */
export async function showLines(
  context: Context,
  lines: () => Iterable<string>,
  wanted: boolean,
): Promise<void> {
  if (wanted && (await throughPager(context, lines))) return;
  for (const chunk of chunks(lines())) context.stdout.write(chunk);
}

/** False when there is none, or none could be started. */
async function throughPager(context: Context, lines: () => Iterable<string>): Promise<boolean> {
  const {env, stdout} = context;
  const pager = env.PAGER ?? USUAL;
  if (!stdout.isTTY || env.TERM === 'dumb' || ['', 'cat'].includes(pager.trim())) return false;
  // A Ctrl-C is for the pager: ended by it, we would leave the terminal to the pager and the shell at the same time.
  const signals = context.signals();
  const child = spawn('/bin/sh', ['-c', pager], {
    env: {...env, LESS: env.LESS ?? 'FRX', LV: env.LV ?? '-c'},
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const release = signals.relay(child, {
    signalScope: (signal) => Promise.resolve(FROM_KEYS.includes(signal) ? 'group' : 'alone'),
  });
  const gone = once(child, 'close').then(
    ([status]) => status as number | null,
    () => 127,
  );
  const early = new AbortController();
  const leave = () => {
    early.abort();
  };
  child.stdin.on('error', leave);
  void gone.then(leave);
  try {
    for (const chunk of chunks(lines())) {
      if (early.signal.aborted) break;
      if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, 'drain').catch(leave), gone]);
    }
  } finally {
    child.stdin.end();
    await gone;
    release();
  }
  const deadly = signals.received.find((signal) => !FROM_KEYS.includes(signal));
  if (deadly !== undefined) signals.dieBy(deadly);
  return !NOT_STARTED.includes((await gone) ?? 0);
}

function* chunks(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
