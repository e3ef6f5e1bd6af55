import {setTimeout as delay} from 'node:timers/promises';
import {Failure} from './failure.mjs';
import {all, api, PAUSE} from './requests.mjs';
import {ACCOUNT, ACTION, DROPLET, IMAGE, shape, SNAPSHOT} from './shapes.mjs';

const LIST_FLAGS = {format: true, 'no-header': false};

/** Commands by their words: their flags, their name in messages, and what they do with their arguments. */
export const COMMANDS = {
  version: {flags: {}, run: () => ({text: 'doctl version 1.166.0-release\n'})},
  'account get': {flags: LIST_FLAGS, run: accountGet},
  'compute action get': {flags: LIST_FLAGS, run: actionGet},
  'compute action wait': {flags: {...LIST_FLAGS, 'poll-timeout': true}, run: actionWait},
  'compute droplet actions': {flags: LIST_FLAGS, run: dropletActions},
  'compute droplet get': {flags: {...LIST_FLAGS, template: true}, run: dropletGet},
  'compute droplet snapshots': {flags: LIST_FLAGS, run: dropletSnapshots},
  'compute droplet-action snapshot': {
    flags: {...LIST_FLAGS, 'snapshot-name': true, wait: false},
    run: takeSnapshot,
  },
  'compute snapshot delete': {flags: {...LIST_FLAGS, force: false}, short: {f: 'force'}, run: snapshotDelete},
  'compute snapshot get': {flags: LIST_FLAGS, run: snapshotGet},
  'compute snapshot list': {flags: {...LIST_FLAGS, resource: true, region: true}, run: snapshotList},
};

async function accountGet({settings}) {
  return {json: shape(ACCOUNT, (await api(settings, 'GET', 'v2/account')).account)};
}

async function actionGet({settings, args}) {
  const id = toInteger(only(args, 'action.get'));
  return {json: [shape(ACTION, await actionOf(settings, id))]};
}

async function actionWait({settings, args}) {
  const id = toInteger(only(args, 'action.wait'));
  return {json: [shape(ACTION, await awaited(settings, id))]};
}

async function actionOf(settings, id) {
  atLeastOne('id', id);
  return (await api(settings, 'GET', `v2/actions/${id}`)).action;
}

/** An action when it is no longer in progress, however it ended. */
async function awaited(settings, id) {
  for (;;) {
    const action = await actionOf(settings, id);
    if (action.status !== 'in-progress') return action;
    await delay(PAUSE);
  }
}

async function dropletActions({settings, args}) {
  const id = dropletIn(args, 'droplet.actions');
  const list = await all(settings, `v2/droplets/${id}/actions`, 'actions');
  return {json: list.map((action) => shape(ACTION, action))};
}

async function dropletSnapshots({settings, args}) {
  const id = dropletIn(args, 'droplet.snapshots');
  const list = await all(settings, `v2/droplets/${id}/snapshots`, 'snapshots');
  return {json: list.map((image) => shape(IMAGE, image))};
}

async function dropletGet({settings, args}) {
  const word = only(args, 'droplet.get');
  const id = isInteger(word) ? Number(word) : await dropletNamed(settings, word);
  atLeastOne('dropletID', id);
  return {json: [shape(DROPLET, (await api(settings, 'GET', `v2/droplets/${id}`)).droplet)]};
}

async function dropletNamed(settings, name) {
  const found = (await all(settings, 'v2/droplets', 'droplets')).filter((droplet) => droplet.name === name);
  if (found.length === 0) throw new Failure(`Droplet with the name "${name}" could not be found.`);
  if (found.length === 1) return found[0].id;
  const ids = found.map(({id}) => id).join(', ');
  throw new Failure(
    `There are ${found.length} Droplets with the name "${name}"; please provide a specific Droplet ID. [${ids}]`,
  );
}

async function takeSnapshot({settings, flags, args}) {
  const word = only(args, 'droplet-action.snapshot');
  if (!isInteger(word)) {
    throw new Failure(`expected <droplet-id> to be a positive integer, got "${word}"`);
  }
  const id = Number(word);
  if (id < 0) throw new Failure(`expected ${id} to be a positive integer`);
  const name = flags['snapshot-name'] ?? '';
  if (name.trim() === '') throw missing('droplet-action.snapshot.snapshot-name');
  atLeastOne('id', id);
  const {action} = await api(settings, 'POST', `v2/droplets/${id}/actions`, {name, type: 'snapshot'});
  const shown = flags.wait === 'true' ? await awaited(settings, action.id) : action;
  return {json: [shape(ACTION, shown)]};
}

async function snapshotGet({settings, args}) {
  if (args.length === 0) throw missing('snapshot.get');
  const found = [];
  for (const id of args) found.push((await api(settings, 'GET', `v2/snapshots/${id}`)).snapshot);
  return {json: found.map((snapshot) => shape(SNAPSHOT, snapshot))};
}

async function snapshotList({settings, flags, args}) {
  if (args.length > 0) throw new Error('the stand-in knows no patterns for snapshots');
  const {resource, region} = flags;
  const query = ['droplet', 'volume'].includes(resource) ? {resource_type: resource} : {};
  const list = await all(settings, 'v2/snapshots', 'snapshots', query);
  const wanted = list.filter((snapshot) => !region || snapshot.regions.includes(region));
  return {json: wanted.map((snapshot) => shape(SNAPSHOT, snapshot))};
}

async function snapshotDelete({settings, flags, args}) {
  if (args.length === 0) throw missing('snapshot.delete');
  if (flags.force !== 'true') throw new Error('the stand-in asks nobody: use --force');
  for (const id of args) await api(settings, 'DELETE', `v2/snapshots/${id}`);
  return {text: ''};
}

function only(args, name) {
  if (args.length === 0) throw missing(name);
  if (args.length > 1) throw new Failure(`(${name}) command contains unsupported arguments`);
  return args[0];
}

function dropletIn(args, name) {
  if (args.length !== 1) throw missing(name);
  const id = toInteger(args[0]);
  atLeastOne('dropletID', id);
  return id;
}

function missing(name) {
  return new Failure(`(${name}) command is missing required arguments`);
}

function isInteger(word) {
  return /^[+-]?\d+$/.test(word);
}

function toInteger(word) {
  if (!isInteger(word)) throw new Failure(`strconv.Atoi: parsing "${word}": invalid syntax`);
  return Number(word);
}

function atLeastOne(name, id) {
  if (id < 1) throw new Failure(`${name} is invalid because cannot be less than 1`);
}
