import {createHash} from 'node:crypto';
import {readStateUnchecked} from '../store/kept-version.js';
import type {Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';
import type {StateBytes} from '../terraform/state-file.js';
import {searchState, type Hit, type SearchedState} from '../state/search.js';

/** Where a resource begins in a state as terraform writes it, and where one of the fields of the whole does. */
const RESOURCE = '\n    {\n';
const FIELD = '\n  "';
const RESOURCES = '\n  "resources"';

/** A resource or an output, in the newest version that has the text in it. */
export type Found = Hit & Pick<Version, 'name' | 'meta'>;

/**
 * Find text in the states of all versions. A state that did not change is read once, one that has the text in nothing new
 * is not read as JSON.
 *
 * @param versions Newest first.
 * @returns What was found, where the text is an id first, then the newest first; and the versions that cannot be searched.
 */
export function findInVersions(layout: Layout, versions: readonly Version[], text: string) {
  const found: Found[] = [];
  const unsearched: string[] = [];
  const seen = new Map<string, Seen>();
  const hashes = new Set<string>();
  const isNew = changedChunks(text);
  for (const {number, name, meta} of versions) {
    const hash = meta.state?.sha256;
    if (hash !== undefined && hashes.has(hash)) continue;
    if (hash !== undefined) hashes.add(hash);
    const read = readStateUnchecked(layout, number);
    if (read.kind === 'missing' || (read.kind === 'read' && !isNew(read.content))) continue;
    const searched = read.kind === 'read' ? search(read.content, text) : undefined;
    if (searched === undefined) {
      unsearched.push(name);
      continue;
    }
    const hits = searched.hits.filter((hit) => !isSeen(hit, searched, seen.get(hit.identity)));
    for (const hit of hits) {
      const {identity, address} = hit;
      found.push({...hit, name, meta});
      const known = seen.get(identity);
      const holders = known?.holders ?? searched.holders.get(identity) ?? [];
      seen.set(identity, {addresses: [...(known?.addresses ?? []), address], holders});
    }
  }
  // A sort keeps the order of equals.
  return {found: found.sort((a, b) => Number(b.isExactId) - Number(a.isExactId)), unsearched};
}

/**
 * Tell whether a state has to be searched for a text: not if it lacks it, or has it only in resources written byte for byte as
 * in a state asked about before. Parsing JSON takes the time, and most resources stay as they are between versions. A state
 * laid out in another way is one single chunk.
 */
export function changedChunks(text: string): (bytes: Buffer) => boolean {
  // The longest part of the text that JSON always writes as it is.
  const plain = text.match(/[A-Za-z0-9 _.:-]+/g) ?? [];
  const run = plain.reduce((best, each) => (each.length > best.length ? each : best), '');
  const seen = new Set<string>();
  return (bytes) => {
    const head = bytes.indexOf(RESOURCES);
    let isNew = false;
    for (let at = bytes.indexOf(run); at !== -1 && at < bytes.length;) {
      const limit = run === '' || head === -1 ? undefined : at < head ? FIELD : RESOURCE;
      const start = limit === undefined ? 0 : Math.max(0, bytes.lastIndexOf(limit, at));
      const next = limit === undefined ? -1 : bytes.indexOf(limit, at);
      const end = next === -1 ? bytes.length : next;
      const chunk = createHash('sha1').update(bytes.subarray(start, end)).digest('base64');
      isNew ||= !seen.has(chunk);
      seen.add(chunk);
      at = bytes.indexOf(run, end);
    }
    return isNew;
  };
}

/** What became of something that was found. */
export type Standing =
  /** With its address now, and whether it still has the text. */
  | {readonly kind: 'there'; readonly address: string; readonly hasText: boolean}
  /** `taken` when its address is another object's now. */
  | {readonly kind: 'gone'; readonly taken: boolean};

/** Look up in the state as it is now what became of a hit; undefined when that state cannot be read. */
export function standings(now: StateBytes, text: string): ((hit: Hit) => Standing) | undefined {
  if (now.kind === 'unreadable') return undefined;
  const searched: SearchedState | undefined =
    now.kind === 'none' ? {hits: [], holders: new Map()} : search(now.bytes, text);
  if (searched === undefined) return undefined;
  const taken = new Set([...searched.holders.values()].flat());
  return ({identity, address}) => {
    const holders = searched.holders.get(identity) ?? [];
    const holder = holders.includes(address) ? address : holders[0];
    if (holder === undefined) return {kind: 'gone', taken: taken.has(address)};
    const hasText = searched.hits.some((hit) => hit.identity === identity && hit.address === holder);
    return {kind: 'there', address: holder, hasText};
  };
}

/** Where a state has the text; undefined when it has not, or cannot be read. */
export function findInState(state: StateBytes, text: string): Hit | undefined {
  return state.kind === 'some' ? search(state.bytes, text)?.hits[0] : undefined;
}

/** Undefined for what is no state. */
function search(bytes: Buffer, text: string): SearchedState | undefined {
  try {
    return searchState(bytes, text);
  } catch {
    return undefined;
  }
}

/** Under which addresses an object of the real world was found, and who held it in the newest version that has the text. */
type Seen = Readonly<Record<'addresses' | 'holders', readonly string[]>>;

/** Whether this one was found in a newer version, under this address or under the one it was moved to. */
function isSeen({identity, address}: Hit, {holders}: SearchedState, seen: Seen | undefined): boolean {
  if (seen === undefined) return false;
  if (seen.addresses.includes(address)) return true;
  // Ids such as "none" are no identity: two that were there at once are two.
  const here = holders.get(identity) ?? [];
  return !seen.holders.includes(address) && !seen.holders.some((holder) => here.includes(holder));
}
