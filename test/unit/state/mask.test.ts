import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {maskState} from '../../../src/state/mask.js';

const attribute = (name: string) => ({type: 'get_attr', value: name});
const key = (value: string | number) => ({type: 'index', value: {value, type: typeof value}});

/** The attributes of the only resource of a state, masked. */
function masked(attributes: unknown, ...marks: unknown[]): unknown {
  const text = JSON.stringify({
    version: 4,
    resources: [
      {mode: 'managed', type: 't', name: 'n', instances: [{attributes, sensitive_attributes: marks}]},
    ],
  });
  const state = JSON.parse(maskState(text)) as {resources: {instances: {attributes: unknown}[]}[]};
  return state.resources[0]?.instances[0]?.attributes;
}

const MASK = '(sensitive value)';

describe('masking a state', () => {
  test('masking a state hides what is marked, at any depth, and nothing else', () => {
    const attributes = {id: '1', password: 'p', tags: {a: 'x', 'b"]': 'y'}, list: [{k: 'one'}, {k: 'two'}]};
    expect(
      masked(
        attributes,
        [attribute('password')],
        [attribute('tags'), key('b"]')],
        [attribute('list'), key(1), attribute('k')],
      ),
    ).toEqual({id: '1', password: MASK, tags: {a: 'x', 'b"]': MASK}, list: [{k: 'one'}, {k: MASK}]});
  });

  test('masking a state hides the same value where terraform keeps it without a mark', () => {
    const typed = (value: unknown) => ({value, type: 'string'});
    expect(
      masked({input: typed('secret'), output: typed('secret'), other: 'string'}, [attribute('input')]),
    ).toEqual({input: MASK, output: {value: MASK, type: 'string'}, other: 'string'});
  });

  test('masking a state handles an attribute that is kept with its type, whatever the names in it', () => {
    const type = ['object', {type: 'string', user: 'string'}];
    expect(
      masked({input: {value: {type: 'secret', user: 'u'}, type}}, [attribute('input'), attribute('type')]),
    ).toEqual({
      input: {value: {type: MASK, user: 'u'}, type: MASK},
    });
  });

  test.each([
    ['a path to what is not there', [[attribute('tags'), key('none')]], {id: '1', tags: MASK}],
    ['a path of another form', [[attribute('tags'), {type: 'splat'}]], {id: '1', tags: MASK}],
    ['no path', ['tags'], MASK],
  ])('masking a state hides more rather than less for %s', (_, marks, expected) => {
    expect(masked({id: '1', tags: {a: 'x'}}, ...marks)).toEqual(expected);
  });

  test('masking a value that looks nested with its type many times takes no time', () => {
    let value: unknown = 'secret';
    for (let depth = 0; depth < 200; depth += 1) value = {value, type: 'dynamic'};
    const path = [attribute('a'), ...Array.from({length: 120}, () => attribute('value'))];
    expect(JSON.stringify(masked({a: value}, path))).not.toContain('secret');
  });

  test('masking a state hides sensitive outputs and the private data of providers', () => {
    const text =
      '{"version": 4, "outputs": {"a": {"value": {"x": [1]}, "sensitive": true}, "b": {"value": "open"}},\n' +
      ' "resources": [{"instances": [{"attributes": {"id": "1"}, "private": "c2VjcmV0"}]}]}';
    expect(maskState(text)).toBe(text.replace('{"x": [1]}', `"${MASK}"`).replace('"c2VjcmV0"', `"${MASK}"`));
  });

  test('masking a state leaves all other bytes as they are: numbers, order, blanks and duplicate names', () => {
    const text =
      '{ "version":4,"big":12345678901234567890.10 ,\n\t"a":"\\u00e9\\\\","a" : [ {},[ ] ,{"]":"}\\""}],"outputs":{}}\n';
    expect(maskState(text)).toBe(text);
  });

  test('masking a state works on many megabytes', () => {
    const long = '\\"'.repeat(2_000_000);
    expect(masked({a: long, b: 's'}, [attribute('b')])).toEqual({a: long, b: MASK});
  });

  test.each(['{"version": 3}', '[]', 'null', '4'])(
    'maskState refuses %s: it is not known what is secret in it',
    (text) => {
      expect(() => maskState(text)).toThrow(TypeError);
    },
  );

  test('masking a state leaves no secret, wherever it is', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        {maxDepth: 3},
        fc.string(),
        fc.integer(),
        fc.constant('SECRET'),
        fc.array(tie('any'), {maxLength: 3}),
        fc.dictionary(fc.string(), tie('any'), {maxKeys: 3}),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (rest) => {
        const hidden = masked({...rest, secret: 'SECRET'}, [attribute('secret')]);
        expect(JSON.stringify(hidden)).not.toContain('"SECRET"');
      }),
    );
  });
});
