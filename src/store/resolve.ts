import {UserError} from '../errors.js';
import {versionNumber} from './layout.js';
import type {History, Version} from './read.js';

/**
 * Find the version a user names: `v2`, `2`, `latest`, `previous`, `~1` (one before the latest), `last-good` (the newest
 * that succeeded) or a tag. Nothing else is a name, so no path can be smuggled in.
 *
 * @throws UserError `bad-version-name`, `version-not-found`, `version-damaged`, `no-versions`.
 */
export function resolveVersion(history: History, name: string): Version {
  const {versions, damaged} = history;
  const tagged = versions.find(({meta}) => meta.tags?.includes(name));
  if (tagged !== undefined) return tagged;
  const number = versionNumber(/^[0-9]+$/.test(name) ? `v${name}` : name);
  if (number !== undefined) {
    const hurt = damaged.find((version) => version.number === number);
    if (hurt !== undefined)
      throw new UserError({kind: 'version-damaged', version: hurt.name, reason: hurt.reason});
    return versions.find((version) => version.number === number) ?? missing(history, name);
  }
  const back = /^~([0-9]{1,6})$/.exec(name)?.[1];
  if (name === 'latest') return versions[0] ?? missing(history, name);
  if (name === 'previous') return versions[1] ?? missing(history, name);
  if (back !== undefined) return versions[Number(back)] ?? missing(history, name);
  if (name === 'last-good') return versions.find(succeeded) ?? missing(history, name);
  throw new UserError({kind: 'bad-version-name', name});
}

function succeeded({meta}: Version): boolean {
  // What was there before something was brought back is no success of anything.
  const isCopy = meta.operation?.startsWith('before-') === true;
  return !isCopy && (meta.outcome === undefined || meta.outcome === 'succeeded');
}

function missing({versions}: History, name: string): never {
  if (versions.length === 0) throw new UserError({kind: 'no-versions'});
  throw new UserError({kind: 'version-not-found', name, available: versions.map((version) => version.name)});
}
