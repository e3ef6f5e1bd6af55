import {distance} from 'fastest-levenshtein';
import type {Change, ChangeAction} from '../store/version.js';
import {compareStates} from './compare.js';
import type {State} from './state.js';

/** How many addresses are offered in place of an unknown one. */
const OFFERED = 5;
/** `module.a`, `module.a["x.y"].module.b[0]`. */
const MODULE = /^((^|\.)module\.[^.[\]]+(\[(\d+|"([^"\\]|\\.)*")\])?)+$/;

/** A version in which a resource is searched for. */
export interface Candidate {
  readonly name: string;
  /** Undefined where the metadata does not tell, as in a store of the original tool. */
  readonly changes: readonly Change[] | undefined;
  /** Undefined where there is none that can be read. */
  readonly state: () => State | undefined;
}

/** What a version did to a resource; `known` where its state is the first to have it, and no change tells how it came. */
export type Touch = Omit<Change, 'action'> & {readonly action: ChangeAction | 'known'};

/** The history of a resource, or of all below an address. */
export interface Blame {
  /** The address that was meant. */
  readonly address: string;
  /** Newest first; each touches at least one resource, in the order of the addresses. */
  readonly versions: readonly {readonly name: string; readonly touches: readonly Touch[]}[];
  /** What has another address now than the one that was asked for. */
  readonly renamed: readonly {readonly from: string; readonly to: string}[];
}

/** One resource through all of its names. */
interface Thread {
  readonly names: string[];
  /** `at` is the index of the version. */
  readonly touches: (Touch & {readonly at: number})[];
}

/**
 * Find every version that touched a resource, under whatever address it had then. Reads few states: the oldest, those of
 * versions that do not say what they changed, and more only for a resource whose beginning is in none of them.
 *
 * @param candidates Oldest first.
 * @param typed An address as `-target` takes it, also one that the resource no longer has.
 * @returns `near` where nothing is known of the address: those that may have been meant.
 */
export function blame(
  candidates: readonly Candidate[],
  typed: string,
): Blame | {readonly address: string; readonly near: readonly string[]} {
  const address = typedAddress(typed);
  const threads = follow(candidates);
  addBeginnings(candidates, threads, address);
  const meant = threads.filter(({names}) => names.some((name) => targets(address, name)));
  if (meant.length === 0) {
    const present = candidates.at(-1)?.state()?.instances.keys() ?? [];
    return {address, near: nearAddresses(address, [...threads.flatMap(({names}) => names), ...present])};
  }
  const versions = candidates.flatMap(({name}, at) => {
    const touches = meant.flatMap((thread) => thread.touches.filter((touch) => touch.at === at));
    touches.sort((a, b) => (a.address < b.address ? -1 : 1));
    return touches.length === 0 ? [] : [{name, touches}];
  });
  const renamed = meant.flatMap(({names}) => {
    const [from, to] = [names.findLast((name) => targets(address, name)), names.at(-1)];
    return from === undefined || to === undefined || targets(address, to) ? [] : [{from, to}];
  });
  return {address, versions: versions.reverse(), renamed};
}

/** Assign every change to the resource it happened to. */
function follow(candidates: readonly Candidate[]): Thread[] {
  const threads: Thread[] = [];
  let named = new Map<string, Thread>();
  const begin = (name: string): Thread => {
    const thread: Thread = {names: [name], touches: []};
    threads.push(thread);
    return thread;
  };
  const first = candidates.findIndex((candidate) => candidate.state() !== undefined);
  candidates.forEach(({changes: recorded, state}, at) => {
    const changes = recorded ?? (at > first ? difference(candidates, at) : []);
    if (at === first) {
      const made = new Set(changes.map(({address}) => address));
      for (const address of state()?.instances.keys() ?? []) {
        if (made.has(address)) continue;
        const thread = begin(address);
        named.set(address, thread);
        thread.touches.push({at, address, action: 'known'});
      }
    }
    // All moves of a version happen at once: two resources may have changed places.
    const before = named;
    const left = new Set(changes.map(({from}) => from));
    named = new Map([...before].filter(([address]) => !left.has(address)));
    for (const change of changes) {
      const {address, from} = change;
      const known = from === undefined && left.has(address) ? undefined : before.get(from ?? address);
      const thread = known ?? begin(from ?? address);
      named.set(address, thread);
      if (thread.names.at(-1) !== address) thread.names.push(address);
      thread.touches.push({...change, at});
    }
  });
  return threads;
}

/** What a version changed whose metadata does not tell it. */
function difference(candidates: readonly Candidate[], at: number): readonly Change[] {
  const after = candidates[at]?.state();
  const before = candidates
    .slice(0, at)
    .findLast(({state}) => state() !== undefined)
    ?.state();
  return after && before ? compareStates(before, after).changes : [];
}

/** Find in the states where resources were first known whose beginning is in no change. */
function addBeginnings(candidates: readonly Candidate[], threads: Thread[], target: string): void {
  const isMeant = ({names}: Thread) => names.some((name) => targets(target, name));
  const isOpen = ({touches: [first]}: Thread, at: number) =>
    first !== undefined && !['added', 'known'].includes(first.action) && first.at > at;
  const isMissing = !threads.some(isMeant);
  for (const [at, candidate] of candidates.entries()) {
    const open = threads.filter((thread) => isMeant(thread) && isOpen(thread, at));
    if (open.length === 0 && !isMissing) return;
    const instances = candidate.state()?.instances ?? new Map<string, unknown>();
    for (const {names, touches} of open) {
      const [address = ''] = names;
      if (instances.has(address)) touches.unshift({at, address, action: 'known'});
    }
    if (!isMissing) continue;
    for (const address of instances.keys()) {
      const isNew = targets(target, address) && !threads.some(({names}) => names.includes(address));
      if (isNew) threads.push({names: [address], touches: [{at, address, action: 'known'}]});
    }
  }
}

/** A typed address as a state has it: the key gets its quotes in `web['a']` and in `web[a]`, a shell's rest of `web["a"]`. */
export function typedAddress(typed: string): string {
  return typed
    .trim()
    .replace(/\['([^'\]]*)'\]/g, (_, key: string) => `[${JSON.stringify(key)}]`)
    .replace(/\[([^"\]]*)\]/g, (whole, key: string) =>
      /^[0-9]+$/.test(key) ? whole : `[${JSON.stringify(key)}]`,
    );
}

/** Whether `-target=TARGET` includes an instance: it, its resource or its module. A deposed object belongs to its instance. */
export function targets(target: string, address: string): boolean {
  const rest = address.slice(target.length);
  // A dot ends a whole module only: `aws_instance` and `module` alone are no addresses.
  return (
    address.startsWith(target) && (/^($| \(|\[)/.test(rest) || (rest.startsWith('.') && MODULE.test(target)))
  );
}

/** The addresses that are most like this one, the nearest first. */
export function nearAddresses(target: string, known: Iterable<string>): string[] {
  const limit = Math.max(3, Math.ceil(target.length / 3));
  const name = target.split('.').at(-1) ?? target;
  return [...new Set(known)]
    .map((address) => ({
      address,
      // The right name in another module, or of another type, is nearer than its letters are.
      far: Math.min(
        distance(target, address),
        name !== '' && address.includes(`.${name}`) ? limit : Infinity,
      ),
    }))
    .filter(({far}) => far <= limit)
    .sort((a, b) => a.far - b.far || (a.address < b.address ? -1 : 1))
    .slice(0, OFFERED)
    .map(({address}) => address);
}
