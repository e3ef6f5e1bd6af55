import type {Report} from '../events/run.js';
import type {Progress} from './stage.js';

/** Progress is shown when keeping takes longer than this (ms), and this often. */
const PATIENCE = 1_000;
const REFRESH = 100;

/** Show how far staging is until `stop` is called; `hide` makes room for a message. */
export function showProgress(progress: Progress, report: Report): {hide: () => void; stop: () => void} {
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
    hide,
    stop: () => {
      clearInterval(timer);
      hide();
    },
  };
}
