import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { encodePng, writePng } from './png-node.ts';

test('a picture without transparency is one as well', () => {
  const data = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => i * 9);
  const { width, height, data: pixels } = PNG.sync.read(encodePng({ width: 4, height: 2, channels: 3, data }));
  expect([width, height]).toEqual([4, 2]);
  expect([...pixels].filter((_, i) => i % 4 < 3)).toEqual([...data]);
  expect(() => encodePng({ width: 4, height: 2, data })).toThrow('A 4×2 RGBA picture has 32 bytes (got 24).');
});

test('a PNG holds the very pixels', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentsync-png-'));
  try {
    const data = Uint8ClampedArray.from({ length: 5 * 3 * 4 }, (_, i) => (i % 4 === 3 ? 255 : i * 4));
    await writePng(join(folder, 'sheet.png'), { width: 5, height: 3, data });
    const png = PNG.sync.read(await readFile(join(folder, 'sheet.png')));
    expect([png.width, png.height]).toEqual([5, 3]);
    expect([...png.data]).toEqual([...data]);
    await expect(writePng(join(folder, 'wrong.png'), { width: 5, height: 4, data })).rejects.toThrow(
      'A 5×4 RGBA picture has 80 bytes (got 60).',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
