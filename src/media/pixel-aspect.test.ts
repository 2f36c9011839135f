import { expect, it } from 'vitest';
import { pixelAspectOf } from './pixel-aspect.ts';

it.each([
  [
    'the first that says anything',
    [
      [0, 1],
      [4, 3],
      [16, 9],
    ],
    [4, 3],
  ],
  [
    'square where nothing is said',
    [
      [0, 0],
      [0, 1],
    ],
    [1, 1],
  ],
  [
    'no wider than pixels can be',
    [
      [2_000_000_000, 1],
      [64, 45],
    ],
    [64, 45],
  ],
  ['no higher than pixels can be', [[1, 17]], [1, 1]],
  ['as wide as is believed', [[16, 1]], [16, 1]],
] as [string, [number, number][], [number, number]][])('the aspect of pixels is %s', (_, aspects, expected) => {
  expect(pixelAspectOf(aspects.map(([num, den]) => ({ num, den })))).toEqual(expected);
});
