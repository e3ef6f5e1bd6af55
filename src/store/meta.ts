import {readJson} from './disk.js';
import type {Layout} from './layout.js';
import {readManifest, refuseNewer} from './manifest.js';
import type {Change, Meta} from './version.js';

/**
 * The metadata of a version, without the fields that are not what this program writes: a store may come from the original
 * tool, from another program, or be edited by hand. What is left has the types it says.
 *
 * @returns A text says in which way it is damaged.
 * @throws UserError `store-newer`.
 */
export function readMeta(layout: Layout, number: number): Meta | string {
  const path = layout.metaFile(number);
  const read = readJson(path);
  if (read.kind === 'damaged') return `${path} is damaged (${read.reason})`;
  // The one rename makes a version; a crash after it can only have kept the metadata file from being written.
  const value: unknown = read.kind === 'read' ? read.value : readManifest(layout, number)?.facts;
  if (value === undefined) return `${path} is missing`;
  refuseNewer(path, value);
  if (!isMeta(value)) return `${path} lacks what a version's metadata has`;
  const {timestamp, resources} = value;
  const checked: Record<string, unknown> = {version: `v${number}`, timestamp, resources};
  for (const [name, check] of Object.entries(CHECKS))
    if (check(value[name as keyof typeof CHECKS])) checked[name] = value[name as keyof typeof CHECKS];
  if (Array.isArray(checked.changes)) checked.changes = checked.changes.filter(isChange);
  return checked as unknown as Meta;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => typeof value === 'number' && value >= 0;
const has = (fields: Readonly<Record<string, Check>>) => (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const orNull = (check: Check) => (value: unknown) => value === null || check(value);

const ACTIONS = ['added', 'changed', 'replaced', 'destroyed', 'moved'];
const isChange = has({
  address: isText,
  action: (value) => ACTIONS.includes(value as Change['action']),
  from: (value) => value === undefined || isText(value),
});

const isTextOrMissing: Check = (value) => value === undefined || isText(value);

const isMeta = has({
  timestamp: isText,
  resources: has({added: isText, changed: isText, destroyed: isText}),
}) as (value: unknown) => value is Meta;

const isMachine = has({provider: isText, id: isText, logs: isTextOrMissing});

const CHECKS = {
  format: isNumber,
  operation: isText,
  outcome: (value: unknown) => ['succeeded', 'failed', 'interrupted'].includes(value as string),
  workspace: isText,
  backend: isText,
  state: orNull(has({lineage: isText, serial: isNumber, sha256: isText, resources: isNumber})),
  changes: Array.isArray as Check,
  terraform: has({product: isText, version: isText}),
  argv: isTexts,
  actor: has({user: isText, host: isText, ci: isTextOrMissing, run: isTextOrMissing}),
  git: orNull(has({commit: isText, branch: isText, dirty: isFlag})),
  startedAt: isText,
  durationMs: isNumber,
  targeted: isFlag,
  note: isText,
  restoredFrom: isText,
  machines: (value: unknown) => Array.isArray(value) && value.every(isMachine),
  tags: isTexts,
  pinned: isFlag,
} satisfies Partial<Record<keyof Meta, Check>>;
