import {expect, test} from 'vitest';
import {askedFor, machinesIn, unprotectedIn} from '../../../src/capture/machines.js';
import {parseState} from '../../../src/state/state.js';

/** A state with one instance of each of these. */
function state(...resources: readonly [type: string, attributes: unknown, more?: object][]) {
  return parseState(
    JSON.stringify({
      version: 4,
      resources: resources.map(([type, attributes, more], at) => ({
        mode: 'managed',
        type,
        name: `r${at}`,
        instances: [{attributes}],
        ...more,
      })),
    }),
  );
}

/** What the module snapshot_on_destroy was given, as terraform writes it. */
function given(value: unknown): [string, unknown] {
  return ['terraform_data', {id: 'a-uuid', input: {value, type: ['object', {}]}}];
}

const DROPLET = {machine_id: '1', machine_provider: 'digitalocean', snapshot_directory: 'logs'};

test('droplets and instances are machines, with or without the module', () => {
  expect(
    machinesIn(
      state(
        ['digitalocean_droplet', {id: '1'}],
        ['aws_instance', {id: 'i-1'}],
        ['digitalocean_volume', {id: '3'}],
        ['terraform_data', {id: '4', input: null}],
      ),
    ),
  ).toEqual([
    {provider: 'digitalocean', id: '1'},
    {provider: 'aws', id: 'i-1'},
  ]);
});

test('what the module was given is a machine, and says where its logs are', () => {
  expect(machinesIn(state(given(DROPLET)))).toEqual([{provider: 'digitalocean', id: '1', logs: 'logs'}]);
  const own = {machine_id: 'vm', machine_provider: 'command'};
  expect(machinesIn(state(given(own)))).toEqual([{provider: 'command', id: 'vm'}]);
});

test('a droplet with the module is one machine, in either order', () => {
  const both: [string, unknown][] = [['digitalocean_droplet', {id: '1'}], given(DROPLET)];
  const one = [{provider: 'digitalocean', id: '1', logs: 'logs'}];
  expect(machinesIn(state(...both))).toEqual(one);
  expect(machinesIn(state(...both.toReversed()))).toEqual(one);
});

test('data sources are not machines, and every instance of a resource is one', () => {
  const counted = {
    instances: [{attributes: {id: '1'}}, {attributes: {id: '2'}}].map((each, at) => ({
      ...each,
      index_key: at,
    })),
  };
  expect(
    machinesIn(
      state(['digitalocean_droplet', {id: '9'}, {mode: 'data'}], ['digitalocean_droplet', {}, counted]),
    ).map(({id}) => id),
  ).toEqual(['1', '2']);
});

test.each<[string, unknown]>([
  ['terraform_data', undefined],
  ['terraform_data', null],
  ['terraform_data', {input: 'text'}],
  ['terraform_data', {input: 7}],
  ['terraform_data', {input: {value: 'text', type: 'string'}}],
  ['terraform_data', {input: {value: null, type: 'dynamic'}}],
  ['terraform_data', {input: {value: ['machine_id', 'machine_provider'], type: 'x'}}],
  given({machine_id: 1, machine_provider: 'digitalocean'}),
  given({machine_id: '1'}),
  given({machine_provider: 'digitalocean'}),
  given({machine_id: null, machine_provider: null}),
  given({machine_id: '', machine_provider: 'digitalocean'}),
  ['digitalocean_droplet', {id: 7}],
  ['digitalocean_droplet', {id: ''}],
  ['digitalocean_droplet', {}],
  ['digitalocean_droplet', null],
  ['terraform_data', {input: DROPLET}],
])('%s with %j is not a machine', (type, attributes) => {
  expect(machinesIn(state([type, attributes]))).toEqual([]);
});

test('odd values next to id and provider are left out', () => {
  expect(machinesIn(state(given({...DROPLET, snapshot_directory: 7})))).toEqual([
    {provider: 'digitalocean', id: '1'},
  ]);
});

test('a machine whose module is tainted, or replaced before it, would be destroyed without a disk snapshot', () => {
  const enabled = {...DROPLET, enabled: true};
  const [type, attributes] = given(enabled);
  const [, disabled] = given({...DROPLET, enabled: false});
  const instances = (more: object) => ({instances: [{attributes, ...more}]});
  expect(
    unprotectedIn(
      state(
        [type, attributes],
        [type, attributes, instances({status: 'tainted'})],
        [type, attributes, instances({create_before_destroy: true})],
        [type, disabled, {instances: [{attributes: disabled, status: 'tainted'}]}],
        ['terraform_data', {id: '5', input: null}, {instances: [{attributes: {}, status: 'tainted'}]}],
        ['digitalocean_droplet', {id: '1'}, {instances: [{attributes: {id: '1'}, status: 'tainted'}]}],
      ),
      new Set(),
    ),
  ).toEqual([
    {about: 'terraform_data.r1', why: 'tainted'},
    {about: 'terraform_data.r2', why: 'create-before-destroy'},
  ]);
});

test('a machine whose disk snapshot was taken but that still exists without its module gets no second one', () => {
  const here = state(
    ['digitalocean_droplet', {id: '1'}],
    ['digitalocean_droplet', {id: '2'}],
    given({...DROPLET}),
  );
  expect(unprotectedIn(here, new Set(['1', '2', '3']))).toEqual([{about: '2', why: 'imaged-already'}]);
});

test('the providers that are asked when machines are destroyed are those that take their disk snapshots', () => {
  const aws = {machine_id: 'i-1', machine_provider: 'aws', enabled: false};
  expect(
    askedFor(state(given({...DROPLET, enabled: true}), given({...DROPLET, enabled: true}), given(aws))),
  ).toEqual(['digitalocean']);
});
