import {createColors} from 'picocolors';

/** One thing that was checked. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found. */
  readonly found: string;
  /** What to do about it; empty where nothing has to be done. */
  readonly mend: string;
}

/** The findings line by line, what to do below those that are not right. */
export function findingsText(findings: readonly Finding[], colour: boolean): string {
  const colours = createColors(colour);
  const mark = {
    ok: colours.green('ok     '),
    warning: colours.yellow('warning'),
    problem: colours.red('problem'),
  };
  const width = Math.max(...findings.map(({check}) => check.length));
  const lines = findings.flatMap(({check, state, found, mend}) => [
    `${mark[state]}  ${check.padEnd(width)}  ${found}`,
    ...(mend === '' ? [] : mend.split('\n').map((line) => `${' '.repeat(11 + width)}${line}`)),
  ]);
  const wrong = findings.filter(({state}) => state === 'problem').length;
  const warned = findings.some(({state}) => state === 'warning');
  const verdict =
    wrong === 0
      ? warned
        ? 'Nothing is broken; see the warnings.'
        : 'Nothing is wrong.'
      : `${wrong} ${wrong === 1 ? 'problem' : 'problems'} to mend.`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
