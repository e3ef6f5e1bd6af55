import type {Report} from '../events/run.js';
import type {Progress} from './stage.js';

/** Progress is shown when keeping takes longer than this (ms), and this often. */
const PATIENCE = 1_000;
const REFRESH = 100;

/**
 * Show how far staging is while `body` runs.
 *
 * @param body Is given what reports an event with the progress out of its way.
 */
export async function withProgress<T>(
  progress: Progress,
  report: Report,
  body: (report: Report) => Promise<T>,
): Promise<T> {
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
  try {
    return await body((event) => {
      hide();
      report(event);
    });
  } finally {
    clearInterval(timer);
    hide();
  }
}
