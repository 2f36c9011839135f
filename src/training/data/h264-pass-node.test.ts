// Through H.264 and back: as many frames, at the same times, and coarser the worse the quality.
import { expect, it } from 'vitest';
import type { VideoImage } from '../../media/video-reader.ts';
import { createImage8 } from '../../tensor/image.ts';
import { throughH264 } from './h264-pass-node.ts';

const SIDE = 64;
const FRAMES = 5;

async function* textured(): AsyncGenerator<VideoImage> {
  for (let index = 0; index < FRAMES; index++) {
    const data = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const value = 120 + 40 * Math.sin((i % SIDE) / 2 + index) + 30 * Math.sin(Math.floor(i / SIDE) / 1.5);
      data.fill(value, 4 * i, 4 * i + 3);
    }
    const times = { timestampSeconds: index / 25, durationSeconds: 1 / 25 };
    yield await Promise.resolve({ index, sourceIndex: index, ...times, data: createImage8(SIDE, SIDE, 4, data) });
  }
}

it('returns the frames as a file of that quality shows them', async () => {
  const originals: VideoImage[] = [];
  for await (const frame of textured()) originals.push(frame);
  const errors: number[] = [];
  for (const crf of [12, 40]) {
    let sum = 0;
    let count = 0;
    for await (const { index, timestampSeconds, data } of throughH264(textured(), {
      width: SIDE,
      height: SIDE,
      frameRate: 25,
      crf,
    })) {
      expect(index).toBe(count++);
      expect(timestampSeconds).toBeCloseTo(index / 25, 3);
      const { data: original } = originals[index].data;
      data.data.forEach((value, i) => (sum += Math.abs(value - original[i])));
    }
    expect(count).toBe(FRAMES);
    errors.push(sum / (FRAMES * 3 * SIDE * SIDE));
  }
  expect(errors[0]).toBeLessThan(2);
  expect(errors[1]).toBeGreaterThan(2 * errors[0]);
});
