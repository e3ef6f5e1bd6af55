import {describe, expect, test} from 'vitest';
import {saltedHash, matchesSaltedHash} from '../../../src/inputs/salted-hash.js';

describe('a fingerprint', () => {
  test('a salted hash matches the value it was made from, and no other', async () => {
    const made = await saltedHash('hunter2');
    expect(made).toMatch(/^scrypt:N=32768,r=8,p=1:[\w+/]{22}==:[\w+/]{43}=$/);
    expect(made).not.toContain('hunter2');
    expect(await matchesSaltedHash(made, 'hunter2')).toBe(true);
    expect(await matchesSaltedHash(made, 'hunter3')).toBe(false);
    expect(await matchesSaltedHash(made, '')).toBe(false);
  });

  test('a salted hash of the same value is different each time', async () => {
    expect(await saltedHash('a')).not.toBe(await saltedHash('a'));
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
  ])('a salted hash of %j for %j: %s, since only JSON has several spellings', async (one, other, same) => {
    expect(await matchesSaltedHash(await saltedHash(one), other)).toBe(same);
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
  ])('a malformed or too expensive salted hash matches nothing: %s', async (text) => {
    expect(await matchesSaltedHash(text, 'hunter2')).toBe(false);
  });
});
