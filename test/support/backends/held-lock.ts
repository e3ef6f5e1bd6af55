import {until} from '../processes.js';
import type {Sandbox} from '../sandbox.js';

/**
 * Have somebody else hold the lock of a project's state: their apply, of the bare terraform, waits for its approval.
 * The configuration must differ from the state.
 *
 * @returns Resolves once the lock is held; to be called to let it go, with the state as it was.
 */
export async function holdLock(box: Sandbox): Promise<() => Promise<void>> {
  const other = box.start(['apply', '-no-color'], {program: box.real});
  let said = '';
  for (const stream of [other.stdout, other.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  await until(() => {
    if (other.exitCode !== null) throw new Error(`the other terraform ended:\n${said}`);
    return said.includes('Enter a value:');
  });
  return async () => {
    const closed = new Promise((resolve) => other.once('close', resolve));
    other.stdin?.end('no\n');
    await closed;
  };
}
