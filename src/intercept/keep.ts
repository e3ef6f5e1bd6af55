import {keepBaseline} from '../capture/baseline.js';
import {conclude} from '../capture/conclude.js';
import {consequenceOf} from '../capture/decide.js';
import type {Making} from '../capture/making.js';
import {observe, type Ended} from '../capture/observe.js';
import {suspicionIn} from '../capture/suspect.js';
import {log} from '../store/log.js';
import type {States} from './states.js';

/** Decide what a command did to the state, keep it if it did something, and report it. */
export async function keep(states: States, making: Making, ended: Ended): Promise<void> {
  const {place, source, newestBefore, report} = making;
  const [before, written] = await Promise.all([states.before, states.written]);
  const seen = observe(making, before, written, ended);
  const {verdict} = seen;
  const suspicion = source.isRemote ? suspicionIn(place.layout, source, before.bytes) : undefined;
  if (suspicion !== undefined) report(suspicion);
  const isSuccess = ended.outcome === 'succeeded';
  // A command that was refused endangers nothing; terraform's own words are all that is to be said then.
  if (newestBefore === 0 && (verdict.kind !== 'unchanged' || isSuccess))
    await keepBaseline(making, before.bytes);
  if (verdict.kind === 'unreadable') {
    const {reason, details} = verdict;
    if (source.isRemote)
      await log(place.layout, 'error', 'state not pulled', {reason, details: withoutNames(details)});
    else report({type: 'state-unreadable', path: source.name, reason});
  }
  const isReachable = source.isRemote && (isSuccess || before.bytes.kind !== 'unreadable');
  await conclude(making, seen, consequenceOf(verdict, {...seen, isReachable}));
}

/** What terraform said, without the colours, and without what may be a credential in an address. */
function withoutNames(details = ''): string {
  return (
    details
      // eslint-disable-next-line no-control-regex -- terraform's colours
      .replace(/\u001b\[[0-9;]*m/g, '')
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s"']*/gi, '$1(redacted)')
  );
}
