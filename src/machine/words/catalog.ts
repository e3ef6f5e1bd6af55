import type {CatalogEntry, Unasked} from '../catalog.js';
import type {Pending} from '../take/pending.js';
import type {DeletedSnapshot} from '../delete-disk-snapshots.js';
import {columns, count, jsonText, localTime, plain, quote, systemWords} from '../../report/format.js';

const HEAD = ['Snapshot', 'Id', 'Machine', 'Completed', 'Size', 'A month', 'Status'];

/** What `tm machine list` prints. @param machine Whose images these are; undefined for those of all. */
export function catalogText(images: readonly CatalogEntry[], tm: string, machine?: string): string {
  if (images.length === 0 && machine !== undefined)
    return `There is no snapshot of a machine ${quote(machine)}. ${tm} machine list shows those of all.\n`;
  if (images.length === 0)
    return `There are no snapshots of machines yet. ${tm} machine snapshot takes one; so does the module snapshot_on_destroy.\n`;
  return columns([HEAD, ...images.map(row)]);
}

function row(image: CatalogEntry): string[] {
  return [
    image.name,
    image.id,
    image.machine.name || image.machine.id,
    localTime(image.completed),
    size(image.sizeGb),
    dollars(image.monthlyCost),
    image.presence,
  ].map(plain);
}

/** The same as data. */
export function catalogJson(images: readonly CatalogEntry[]): string {
  return jsonText(images.map(dataOf));
}

function dataOf({logs, presence, ...image}: CatalogEntry): object {
  return {status: presence, ...image, log: logs[0]?.path ?? null};
}

/** What `tm machine show` prints. */
export function entryText(image: CatalogEntry): string {
  const [log] = image.logs;
  const facts: [string, string][] = [
    ['status', image.presence],
    ['provider', image.provider],
    ['id', image.id],
    ['machine', [image.machine.name, image.machine.id].filter(Boolean).join(', id ')],
    ['region', log?.machine.region ?? ''],
    ['machine size', log?.machine.size ?? ''],
    ['started', log === undefined || log.started === '' ? '' : localTime(log.started)],
    ['completed', localTime(image.completed)],
    ['size', size(image.sizeGb)],
    ['a month', dollars(image.monthlyCost)],
    ['action', log?.action ?? ''],
    ['workspace', log?.workspace ?? ''],
    ['git', log?.git == null ? '' : `${log.git.commit.slice(0, 12)}${log.git.dirty ? ', with changes' : ''}`],
    ['log', image.logs.map(({path}) => path).join(', ')],
    ['boot from it', image.presence === 'missing' ? '' : `restore_from = ${JSON.stringify(image.id)}`],
  ];
  return (
    `${plain(image.name)}\n` +
    facts
      .filter(([, fact]) => fact !== '')
      .map(([about, fact]) => `  ${about.padEnd(12)} ${plain(fact)}\n`)
      .join('')
  );
}

/** The same as data, with all the log says. */
export function entryJson(image: CatalogEntry): string {
  return jsonText({...dataOf(image), logged: image.logs[0] ?? null});
}

/** What `tm machine cost` prints. */
export function costText(images: readonly CatalogEntry[]): string {
  if (images.length === 0) return 'There are no snapshots of machines, and nothing is paid for them.\n';
  const {sizeGb, monthlyCost, unpriced} = totals(images);
  const rows = images.map((image) =>
    [image.name, image.provider, size(image.sizeGb), dollars(image.monthlyCost)].map(plain),
  );
  return (
    columns([
      ['Snapshot', 'Provider', 'Size', 'A month'],
      ...rows,
      ['Total', '', size(sizeGb), dollars(monthlyCost)],
    ]) +
    (unpriced === 0
      ? ''
      : `Without a price: ${count(unpriced, 'snapshot')}. machine.rates in .cloudtm.json sets the rate of a provider.\n`)
  );
}

/** The same as data; costs in US dollars a month. */
export function costJson(images: readonly CatalogEntry[]): string {
  return jsonText({images: images.map(dataOf), total: totals(images)});
}

function totals(images: readonly CatalogEntry[]): {sizeGb: number; monthlyCost: number; unpriced: number} {
  const sum = (of: (image: CatalogEntry) => number | null) =>
    Math.round(images.reduce((total, image) => total + (of(image) ?? 0), 0) * 100) / 100;
  return {
    sizeGb: sum((image) => image.sizeGb),
    monthlyCost: sum((image) => image.monthlyCost),
    unpriced: images.filter(({monthlyCost}) => monthlyCost === null).length,
  };
}

/** What `tm machine prune` would delete, or is about to. */
export function pruneText(images: readonly CatalogEntry[], isMeant: boolean): string {
  if (images.length === 0) return 'No snapshot is to go.\n';
  const {sizeGb, monthlyCost, unpriced} = totals(images);
  const cost = unpriced === images.length ? '' : `, ${dollars(monthlyCost)} a month`;
  const what = `${count(images.length, 'snapshot')}, ${size(sizeGb)}${cost}`;
  return (
    columns([HEAD, ...images.map(row)]) +
    (isMeant ? `Deleting ${what}\n` : `These would be deleted with -yes: ${what}\n`)
  );
}

/** What somebody should know who is about to delete an image. */
export function careText({presence, provider}: CatalogEntry): string {
  switch (presence) {
    case 'present':
    case 'unknown':
      return '';
    case 'missing':
      return `${provider} has it no more, as far as the login and the region of now show: only its log is put aside.\n`;
    case 'not logged':
      return 'No log here knows it: it may belong to another project, or to somebody else.\n';
  }
}

/** What became of an image that was to go. */
export function deletedText({entry: {name, id}, wasGone, aside, stuck}: DeletedSnapshot): string {
  const what = `${plain(name)} (${plain(id)})`;
  const where = aside.length === 0 ? '' : `; its log is ${plain(aside.join(', '))} now`;
  return [
    wasGone ? `${what} was gone already${where}` : `Deleted ${what}`,
    ...stuck.map(
      ({path, code}) =>
        `${plain(path)} could not be moved to deleted/ (${systemWords(code)}): move it yourself`,
    ),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** One line for each provider that could not be asked and each log that cannot be read; for stderr. */
export function unaskedText(
  unasked: readonly Unasked[],
  damaged: readonly {readonly path: string; readonly reason: string}[],
  tm: string,
): string {
  const lines = [
    ...unasked.map(
      ({provider, failure}) =>
        `${provider.name} could not be asked (${wordsOf(provider, failure)}): its snapshots are shown as the logs know them. ` +
        `${tm} machine list -provider ${provider.name} asks again`,
    ),
    ...damaged.map(({path, reason}) => `${path} cannot be read as a log: ${systemWords(reason)}`),
  ];
  return lines.map((line) => `cloudtm: warning: ${plain(line)}\n`).join('');
}

function wordsOf({program}: Unasked['provider'], {reason, words}: Unasked['failure']): string {
  return reason === 'program-missing' && program !== '' ? `${program} is not installed` : words;
}

/** One line for each snapshot that was asked for and is not known to be there; for stderr. */
export function pendingText(pending: readonly Pending[]): string {
  return pending
    .map(({imageName, machineId, provider, asked, action}) => {
      const name = imageName === '' ? '' : ` ${imageName}`;
      const id = action === undefined ? 'nobody knows whether it was begun' : `action ID ${action.id}`;
      const what = `a snapshot${name} of machine ${machineId} (${provider}) was asked for at ${asked} and has no log yet: ${id}`;
      return `cloudtm: ${plain(what)}\n`;
    })
    .join('');
}

function size(sizeGb: number | null): string {
  return sizeGb === null ? '' : `${sizeGb} GB`;
}

function dollars(cost: number | null): string {
  return cost === null ? '' : `$${cost.toFixed(2)}`;
}
