import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateJsonKey } from './json-keys.ts';

describe('duplicateJsonKey', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"x":[{"b":1},{"b":1,"c":2,"b":3}]}', 'b'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"q\\"":1,"q\\"":2}', 'q"'],
    ['{"a":"a","b":{"a":1}}', undefined],
    ['{"a":"\\\\","b":":"}', undefined],
    ['["a","a"]', undefined],
  ])('finds in %s: %s', (text, key) => {
    expect(duplicateJsonKey(text)).toBe(key);
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(duplicateJsonKey(JSON.stringify(JSON.parse(text)))).toBeUndefined();
      }),
    );
  });
});
