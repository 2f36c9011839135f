import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableLines, quoted, shownValue } from './printable.ts';

const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;

/** Any text, with many of the characters that do harm. */
const names = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), // lone surrogates too
      fc.constantFrom('\0', '\n', '\r\n', '\u001b[31m', '\u0085', '\u061c', '\u200f', '\u2028', '\u202e', '\u2066'),
    ),
    { maxLength: 50 },
  )
  .map((parts) => parts.join(''));

describe('printable', () => {
  it('leaves no control, direction or half character of any name, and bounds its length', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 10, max: 2000 }), (name, longest) => {
        for (const shown of [printable(name), printable(name, { longest }), quoted(name), shownValue(name)]) {
          expect(shown).not.toMatch(unprintable);
          expect(shown).not.toMatch(/\p{Cs}/u);
        }
        expect(printable(name, { longest }).length).toBeLessThanOrEqual(longest);
        expect(printable(name).length).toBeLessThanOrEqual(1000);
      }),
    );
  });

  it('changes nothing the second time, and nothing in ordinary names', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(printable(printable(name))).toBe(printable(name));
      }),
    );
    for (const name of ['talk 1.mp4', 'C:\\Videos\\résumé.mov', '映像/音声.wav', '👩‍👩‍👧.mp4', '']) {
      expect(printable(name)).toBe(name);
    }
  });

  it('writes escapes as JSON does, and cuts the middle of what is too long', () => {
    expect(printable('a\nb\u001b\u202ec\u{e0001}')).toBe('a\\nb\\u001b\\u202ec\\udb40\\udc01');
    expect(printable(`${'a'.repeat(900)}${'b'.repeat(900)}`)).toMatch(/^a{600}…b{399}$/);
    expect(printable('abcdefghijkl', { longest: 6 })).toBe('abc…kl');
  });
});

it('printableLines keeps line breaks only', () => {
  expect(printableLines('one\r\ntwo\u0007')).toBe('one\\r\ntwo\\u0007');
});

it('quoted puts text into quotes that it cannot leave', () => {
  expect(quoted('say "hi"\n')).toBe('"say \\"hi\\"\\n"');
});

it.each([
  ['', 'nothing'],
  ['int4', '"int4"'],
  [NaN, 'NaN'],
  [undefined, 'nothing'],
  [null, 'null'],
  [[1, 'a\n'], '[1,"a\\n"]'],
  [12n, '12'],
  [[12n], 'object'],
  [Symbol('x'), 'symbol'],
])('shownValue shows %o as %s', (value, shown) => {
  expect(shownValue(value)).toBe(shown);
});
