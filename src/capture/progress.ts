import type {Report} from '../events/run.js';
import type {WaitNotice} from '../store/lock.js';
import type {Progress} from './stage.js';

/** Progress is shown when keeping takes longer than this (ms), and this often. */
const PATIENCE = 1_000;
const REFRESH = 100;

/**
 * Show how far staging is until `stop` is called.
 *
 * @returns `report`: reports an event, with the progress out of its way.
 */
export function showProgress(progress: Progress, report: Report): {report: Report; stop: () => void} {
  const started = Date.now();
  let shown = false;
  const timer = setInterval(() => {
    if (Date.now() - started < PATIENCE) return;
    shown = true;
    report({type: 'progress', ...progress});
  }, REFRESH);
  const hide = () => {
    if (shown) report({type: 'progress-done'});
    shown = false;
  };
  return {
    report: (event) => {
      hide();
      report(event);
    },
    stop: () => {
      clearInterval(timer);
      hide();
    },
  };
}

/** Report that another command is waited for. */
export function lockNotice(report: Report): WaitNotice {
  return (path) => {
    report({type: 'waiting-for-lock', path});
  };
}
