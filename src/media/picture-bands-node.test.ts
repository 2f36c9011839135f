// Large pictures in bands: every row once, and the rest of the program gets its turn in between.
import { expect, test } from 'vitest';
import { inBands } from './picture-bands-node.ts';

async function bandsOf(width: number, height: number): Promise<{ bands: [number, number][]; turns: number }> {
  const bands: [number, number][] = [];
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  await inBands(width, height, ({ from, to }) => {
    bands.push([from, to]);
    const end = performance.now() + 5;
    while (performance.now() < end);
  });
  clearInterval(other);
  return { bands, turns };
}

test('a picture of 720p is one band', async () => {
  expect(await bandsOf(1280, 720)).toEqual({ bands: [[0, 720]], turns: 0 });
});

test('a larger one is several, and other work is done between them', async () => {
  const { bands, turns } = await bandsOf(1920, 2160);
  expect(bands).toEqual([
    [0, 546],
    [546, 1092],
    [1092, 1638],
    [1638, 2160],
  ]);
  expect(turns).toBeGreaterThanOrEqual(2);
});

test('a band has at least two rows, which share their chroma', async () => {
  expect((await bandsOf(4e6, 5)).bands).toEqual([
    [0, 2],
    [2, 4],
    [4, 5],
  ]);
});
