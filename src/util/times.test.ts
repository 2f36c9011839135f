import { expect, it } from 'vitest';
import { clockTime, excerptOf, parseTime, rangeOf, timeOf } from './times.ts';

it.each<[string, number | undefined]>([
  ['90', 90],
  ['1.5', 1.5],
  ['.25', 0.25],
  ['1:30', 90],
  ['90:00', 5400],
  ['0:01:30.250', 90.25],
  ['12:00:00', 43200],
  ['1:60', undefined],
  ['1:60:00', undefined],
  ['1:2:3:4', undefined],
  ['1.5:00', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['1:', undefined],
  ['', undefined],
  [' 1', undefined],
])('the time %j is %j', (text, seconds) => {
  expect(parseTime(text)).toBe(seconds);
});

it('times are numbers as well', () => {
  expect([timeOf(2.5), timeOf('2.5'), timeOf(-1), timeOf(NaN), timeOf(true)]).toEqual([
    2.5,
    2.5,
    undefined,
    undefined,
    undefined,
  ]);
});

it.each<[unknown, object | undefined]>([
  [5, { seconds: 5 }],
  ['5', { seconds: 5 }],
  ['5@1:30', { seconds: 5, atSeconds: 90 }],
  ['0:10@0', { seconds: 10, atSeconds: 0 }],
  ['0', undefined],
  [0, undefined],
  ['5@', undefined],
  ['@5', undefined],
  ['5@1@2', undefined],
])('the piece %j is %j', (value, excerpt) => {
  expect(excerptOf(value)).toEqual(excerpt);
});

it.each([
  [0, false, '0:00'],
  [59.96, true, '1:00.0'],
  [123.44, true, '2:03.4'],
  [3599.6, false, '1:00:00'],
  [41_234, false, '11:27:14'],
])('%d s are shown as on a clock', (seconds, withTenths, text) => {
  expect(clockTime(seconds, withTenths)).toBe(text);
});

it.each<[string, object]>([
  ['anna@10-20', { text: 'anna', startSeconds: 10, endSeconds: 20 }],
  ['anna@0:10-', { text: 'anna', startSeconds: 10 }],
  ['anna@-1:00', { text: 'anna', endSeconds: 60 }],
  ['anna@10', { text: 'anna', startSeconds: 10 }],
  ['a@b.png@1-2', { text: 'a@b.png', startSeconds: 1, endSeconds: 2 }],
  ['anna@', { text: 'anna@' }],
  ['anna@-', { text: 'anna@-' }],
  ['anna@2x.png', { text: 'anna@2x.png' }],
  ['@1-2', { text: '@1-2' }],
])('%j ends with a stretch of time, or not', (text, expected) => {
  expect(rangeOf(text)).toEqual(expected);
});
