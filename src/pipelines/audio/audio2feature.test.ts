import { describe, expect, it } from 'vitest';
import { chunkIndices } from '../../audio/feature-windows.ts';
import { FeatureChunks } from './audio2feature.ts';

const ROW_WIDTH = 3;

/** Rows [row, row, row] in pieces of some sizes. */
async function* rowsInPieces(rowCount: number, sizes: readonly number[]): AsyncGenerator<Float32Array> {
  let row = 0;
  for (let piece = 0; row < rowCount; piece++) {
    const size = Math.min(sizes[piece % sizes.length], rowCount - row);
    await Promise.resolve();
    yield Float32Array.from({ length: size * ROW_WIDTH }, (_, i) => row + Math.floor(i / ROW_WIDTH));
    row += size;
  }
}

describe('FeatureChunks', () => {
  it.each([
    { fps: 25, sizes: [1000] },
    { fps: 25, sizes: [1] },
    { fps: 29.97, sizes: [7, 0, 13] },
    { fps: 60, sizes: [10] },
  ])('gives each frame at $fps fps the rows of its time, from pieces of $sizes', async ({ fps, sizes }) => {
    const rowCount = 120;
    const chunks = new FeatureChunks({ rows: rowsInPieces(rowCount, sizes), rowCount, rowWidth: ROW_WIDTH, fps });
    for (let frame = 0; frame < Math.ceil((rowCount / 50) * fps) + 5; frame++) {
      const expected = chunkIndices(rowCount, frame, fps).flatMap((row) => [row, row, row]);
      expect(Array.from(await chunks.chunk(frame))).toEqual(expected);
    }
  });

  it('says when the features end too early', async () => {
    const chunks = new FeatureChunks({ rows: rowsInPieces(20, [20]), rowCount: 100, rowWidth: ROW_WIDTH, fps: 25 });
    await expect(chunks.chunk(40)).rejects.toThrow('end before row');
  });
});
