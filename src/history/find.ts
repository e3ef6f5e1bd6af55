import {readStateUnchecked} from '../store/kept-version.js';
import type {Layout} from '../store/layout.js';
import type {Version} from '../store/read.js';
import type {StateBytes} from '../terraform/state-file.js';
import {changedChunks} from './changed-chunks.js';
import {searchState, type Hit, type SearchedState} from '../state/search.js';

/** A resource or an output, in the newest version that has the text in it. */
export interface Found extends Hit {
  readonly version: string;
}

/** What a search through all versions found, and the versions whose state cannot be searched. */
export interface Search {
  /** Where the text is an id first, then the newest first. */
  readonly found: readonly Found[];
  readonly unsearched: readonly string[];
}

/**
 * Find text in the states of all versions. A state that did not change from one version to another is read once, and one
 * that has the text in nothing new is not read as JSON.
 *
 * @param versions Newest first.
 */
export function findInVersions(layout: Layout, versions: readonly Version[], text: string): Search {
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
      found.push({...hit, version: name});
      const known = seen.get(identity);
      const holders = known?.holders ?? searched.holders.get(identity) ?? [];
      seen.set(identity, {addresses: [...(known?.addresses ?? []), address], holders});
    }
  }
  // A sort keeps the order of equals.
  return {found: found.sort((a, b) => Number(b.isExactId) - Number(a.isExactId)), unsearched};
}

/** What became of something that was found. */
export type Standing =
  /** It is there, has the text or another value now, and another address where it was moved. */
  | {readonly kind: 'there'; readonly address: string; readonly hasText: boolean}
  /** `taken` when its address is another object's now. */
  | {readonly kind: 'gone'; readonly taken: boolean};

/**
 * Look up in the state as it is now what became of a hit; without a state nothing is left.
 *
 * @returns undefined when that state cannot be read.
 */
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
interface Seen {
  readonly addresses: readonly string[];
  readonly holders: readonly string[];
}

/** Whether this one was found in a newer version, under this address or under the one it was moved to. */
function isSeen({identity, address}: Hit, {holders}: SearchedState, seen: Seen | undefined): boolean {
  if (seen === undefined) return false;
  if (seen.addresses.includes(address)) return true;
  // Ids such as "none" are no identity: two that were there at once are two.
  const here = holders.get(identity) ?? [];
  return !seen.holders.includes(address) && !seen.holders.some((holder) => here.includes(holder));
}
