import type {Change, Meta} from './version.js';

/**
 * A version's metadata without the fields that are not what this program writes: a store may come from the original tool,
 * from another program, or from somebody who edited it. What is left has the types it says.
 */
export function sanitizeMeta(meta: Meta): Meta {
  const {version, timestamp, resources} = meta;
  const sound: Record<string, unknown> = {version, timestamp, resources};
  for (const [name, check] of Object.entries(CHECKS)) {
    const value = meta[name as keyof typeof CHECKS] as unknown;
    if (check(value)) sound[name] = value;
  }
  if (Array.isArray(sound.changes)) sound.changes = sound.changes.filter(isChange);
  return sound as unknown as Meta;
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
  machines: (value: unknown) => Array.isArray(value) && value.every(isMachine),
  tags: isTexts,
  pinned: isFlag,
} satisfies Partial<Record<keyof Meta, Check>>;
