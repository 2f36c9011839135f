// How far decoding runs ahead of its reader.
import { expect, test } from 'vitest';
import { framesAhead } from './ffmpeg-readers-node.ts';

test.each([
  [1920, 1080, 3],
  [3840, 2160, 3],
  [4096, 4096, 2],
  [8192, 8192, 1],
])('of %d×%d, %d frames are on their way', (width, height, count) => {
  expect(framesAhead(width, height)).toBe(count);
});
