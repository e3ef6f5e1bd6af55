import {columns} from '../../report/columns.js';
import {count, jsonText, localTime, plain, quote, systemWords} from '../../report/format.js';
import type {CatalogEntry, Unasked} from '../catalog.js';
import type {DeletedSnapshot} from '../delete-disk-snapshots.js';
import type {DiskSnapshotLogs, LoggedDiskSnapshot} from '../disk-snapshot-log.js';
import type {Pending} from '../take/pending.js';

const HEAD = ['Snapshot', 'Id', 'Machine', 'Completed', 'Size', 'A month', 'Status'];

export const NOTHING_DELETED = 'Nothing was deleted\n';

/** What `tm machine list` prints. @param machine Whose they are; undefined for those of all. */
export function catalogText(entries: readonly CatalogEntry[], tm: string, machine?: string): string {
  if (entries.length > 0) return columns([HEAD, ...entries.map(row)]);
  return machine === undefined
    ? `There are no snapshots of machines yet. ${tm} machine snapshot takes one; so does the module snapshot_on_destroy.\n`
    : `There is no snapshot of a machine ${quote(machine)}. ${tm} machine list shows those of all.\n`;
}

function row({name, id, machine, completed, sizeGb, monthlyCost, presence}: CatalogEntry): string[] {
  const facts = [name, id, machine.name || machine.id, localTime(completed), size(sizeGb)];
  return [...facts, dollars(monthlyCost), presence].map(plain);
}

/** The same as data. */
export function catalogJson(entries: readonly CatalogEntry[]): string {
  return jsonText(entries.map(dataOf));
}

function dataOf({logs, presence, ...entry}: CatalogEntry): object {
  return {status: presence, ...entry, log: logs[0]?.path ?? null};
}

/** What `tm machine show` prints. */
export function entryText(entry: CatalogEntry): string {
  const {machine, logs} = entry;
  const [log] = logs;
  const facts = [
    ['status', entry.presence],
    ['provider', entry.provider],
    ['id', entry.id],
    ['machine', [machine.name, machine.id].filter(Boolean).join(', id ')],
    ['region', log?.machine.region],
    ['machine size', log?.machine.size],
    ['started', log?.started && localTime(log.started)],
    ['completed', localTime(entry.completed)],
    ['size', size(entry.sizeGb)],
    ['a month', dollars(entry.monthlyCost)],
    ['action', log?.action],
    ['workspace', log?.workspace],
    ['git', log?.git && `${log.git.commit.slice(0, 12)}${log.git.dirty ? ', with changes' : ''}`],
    ['log', logs.map(({path}) => path).join(', ')],
    ['boot from it', entry.presence === 'missing' ? '' : `restore_from = ${JSON.stringify(entry.id)}`],
  ] as const;
  const lines = facts.map(([about, fact]) => (fact ? `  ${about.padEnd(12)} ${plain(fact)}\n` : ''));
  return `${plain(entry.name)}\n${lines.join('')}`;
}

/** The same as data, with all the log says. */
export function entryJson(entry: CatalogEntry): string {
  return jsonText({...dataOf(entry), logged: entry.logs[0] ?? null});
}

/** What `tm machine cost` prints. */
export function costText(entries: readonly CatalogEntry[]): string {
  if (entries.length === 0) return 'There are no snapshots of machines, and nothing is paid for them.\n';
  const {sizeGb, monthlyCost, unpriced} = totals(entries);
  const rows = [...entries, {name: 'Total', provider: '', sizeGb, monthlyCost}].map((each) =>
    [each.name, each.provider, size(each.sizeGb), dollars(each.monthlyCost)].map(plain),
  );
  const table = columns([['Snapshot', 'Provider', 'Size', 'A month'], ...rows]);
  return unpriced === 0
    ? table
    : `${table}Without a price: ${count(unpriced, 'snapshot')}. machine.rates in .cloudtm.json sets the rate of a provider.\n`;
}

/** The same as data; costs in US dollars a month. */
export function costJson(entries: readonly CatalogEntry[]): string {
  return jsonText({images: entries.map(dataOf), total: totals(entries)});
}

function totals(entries: readonly CatalogEntry[]): {sizeGb: number; monthlyCost: number; unpriced: number} {
  const sum = (of: (entry: CatalogEntry) => number | null) =>
    Math.round(entries.reduce((total, entry) => total + (of(entry) ?? 0), 0) * 100) / 100;
  return {
    sizeGb: sum((entry) => entry.sizeGb),
    monthlyCost: sum((entry) => entry.monthlyCost),
    unpriced: entries.filter(({monthlyCost}) => monthlyCost === null).length,
  };
}

/** What `tm machine prune` would delete, or is about to. */
export function pruneText(entries: readonly CatalogEntry[], isApproved: boolean): string {
  if (entries.length === 0) return 'No snapshot is to go.\n';
  const {sizeGb, monthlyCost, unpriced} = totals(entries);
  const cost = unpriced === entries.length ? '' : `, ${dollars(monthlyCost)} a month`;
  const what = `${count(entries.length, 'snapshot')}, ${size(sizeGb)}${cost}`;
  const table = columns([HEAD, ...entries.map(row)]);
  return `${table}${isApproved ? 'Deleting' : 'These would be deleted with -yes:'} ${what}\n`;
}

/** What the user should know before deleting a disk snapshot. */
export function careText({presence, provider}: CatalogEntry): string {
  if (presence === 'missing')
    return `${provider} has it no more, as far as the login and the region of now show: only its log is put aside.\n`;
  if (presence === 'not logged')
    return 'No log here knows it: it may belong to another project, or to somebody else.\n';
  return '';
}

/** What became of a disk snapshot that was to be deleted. */
export function deletedText({entry: {name, id}, wasGone, aside, stuck}: DeletedSnapshot): string {
  const what = `${plain(name)} (${plain(id)})`;
  const where = aside.length === 0 ? '' : `; its log is ${plain(aside.join(', '))} now`;
  const failures = stuck.map(
    ({path, code}) =>
      `${plain(path)} could not be moved to deleted/ (${systemWords(code)}): move it yourself\n`,
  );
  return `${wasGone ? `${what} was gone already${where}` : `Deleted ${what}`}\n${failures.join('')}`;
}

/** One line for each provider that could not be asked; for stderr. */
export function unaskedText(unasked: readonly Unasked[], tm: string): string {
  return warnings(
    unasked.map(({provider: {name, program}, failure: {reason, words}}) => {
      const why = reason === 'program-missing' && program !== '' ? `${program} is not installed` : words;
      return (
        `${name} could not be asked (${why}): its disk snapshots are shown as their logs describe them. ` +
        `${tm} machine list -provider ${name} asks again`
      );
    }),
  );
}

/** One line for each log that cannot be read, or is of an unknown provider; for stderr. */
export function damagedText(
  damaged: DiskSnapshotLogs['damaged'],
  foreign: readonly LoggedDiskSnapshot[],
): string {
  return warnings([
    ...damaged.map(({path, reason}) => `${path} cannot be read as a log: ${systemWords(reason)}`),
    ...foreign.map(
      ({path, provider}) => `${path} cannot be read as a log: there is no provider ${quote(provider)}`,
    ),
  ]);
}

function warnings(lines: readonly string[]): string {
  return lines.map((line) => `cloudtm: warning: ${plain(line)}\n`).join('');
}

/** One line for each disk snapshot that was requested and has no log yet; for stderr. */
export function pendingText(pending: readonly Pending[]): string {
  return pending
    .map(({imageName, machineId, provider, asked, action}) => {
      const id = action === undefined ? 'it is unknown whether it was started' : `action ID ${action.id}`;
      const what = `a disk snapshot${imageName && ` ${imageName}`} of machine ${machineId} (${provider})`;
      return `cloudtm: ${plain(`${what} was requested at ${asked} and has no log yet: ${id}`)}\n`;
    })
    .join('');
}

function size(sizeGb: number | null): string {
  return sizeGb === null ? '' : `${sizeGb} GB`;
}

function dollars(cost: number | null): string {
  return cost === null ? '' : `$${cost.toFixed(2)}`;
}
