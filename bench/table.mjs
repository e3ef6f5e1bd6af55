const TITLES = ['what', 'without cloudtm', 'with cloudtm', 'difference', 'ratio', 'budget', 'within?'];

/**
 * One table of all that was measured.
 *
 * @param rows `against` says what stands in the column without cloudtm; `budget` allows so much `more` (in the row's
 *   unit) and so many `times`; where it has both, meeting one is enough.
 */
export function table(rows) {
  const lines = [TITLES, ...rows.map(cells)];
  const widths = TITLES.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = (line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ');
  const [titles, ...others] = lines.map(text);
  return `${[titles, widths.map((width) => '-'.repeat(width)).join('  '), ...others].join('\n')}\n`;
}

function cells({what, against, bare, cloudtm, unit = 'ms', budget}) {
  const more = cloudtm - bare;
  return [
    what,
    `${against} ${bare.toFixed(1)} ${unit}`,
    `${cloudtm.toFixed(1)} ${unit}`,
    `${more < 0 ? '-' : '+'}${Math.abs(more).toFixed(1)} ${unit}`,
    `${(cloudtm / bare).toFixed(2)} x`,
    budget ? budgetText(budget, unit) : '',
    budget ? (isWithin(budget, more, cloudtm / bare) ? 'yes' : 'no') : '',
  ];
}

function budgetText({more, times}, unit) {
  const parts = [];
  if (more !== undefined) parts.push(`+${more} ${unit}`);
  if (times !== undefined) parts.push(`${times.toFixed(2)} x`);
  return parts.join(' or ');
}

function isWithin({more = -Infinity, times = -Infinity}, measuredMore, measuredTimes) {
  return measuredMore <= more || measuredTimes <= times;
}
