import {describe, expect, test} from 'vitest';
import {fingerprint, matches} from '../../src/capture/fingerprint.js';

describe('a fingerprint', () => {
  test('matches the value it was made of, and no other', async () => {
    const made = await fingerprint('hunter2');
    expect(made).toMatch(/^scrypt:N=32768,r=8,p=1:[\w+/]{22}==:[\w+/]{43}=$/);
    expect(made).not.toContain('hunter2');
    expect(await matches(made, 'hunter2')).toBe(true);
    expect(await matches(made, 'hunter3')).toBe(false);
    expect(await matches(made, '')).toBe(false);
  });

  test('of the same value is another one each time', async () => {
    expect(await fingerprint('a')).not.toBe(await fingerprint('a'));
  });

  test.each([
    ['{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1}', true],
    ['["a", "b"]', '["b","a"]', false],
    [' {"a":1} ', '{"a":1}', true],
    ['{a = 1}', '{a=1}', false],
    ['5', '5', true],
    ['5', ' 5', false],
    ['"x"', 'x', false],
    ['', '', true],
    ['[not json', '[not json', true],
  ])('of %j for %j: %s, since only JSON has several spellings', async (one, other, same) => {
    expect(await matches(await fingerprint(one), other)).toBe(same);
  });

  test.each([
    '',
    'hunter2',
    'scrypt:',
    'scrypt:N=32768,r=8,p=1::',
    `scrypt:N=999999,r=8,p=1:${'A'.repeat(22)}==:${'A'.repeat(43)}=`,
    `scrypt:N=32768,r=64,p=1:${'A'.repeat(22)}==:${'A'.repeat(43)}=`,
    `scrypt:N=32768,r=8,p=99:${'A'.repeat(22)}==:${'A'.repeat(43)}=`,
    `scrypt:N=30000,r=8,p=1:${'A'.repeat(22)}==:${'A'.repeat(43)}=`,
    `scrypt:N=0,r=0,p=0:${'A'.repeat(22)}==:${'A'.repeat(43)}=`,
    `scrypt:N=1e9,r=8,p=1:${'A'.repeat(22)}==:${'A'.repeat(43)}=`,
    `scrypt:N=32768,r=8,p=1:${'A'.repeat(22)}==:${'A'.repeat(44)}`,
  ])('that is none, or asks for too much, matches nothing: %s', async (text) => {
    expect(await matches(text, 'hunter2')).toBe(false);
  });
});
