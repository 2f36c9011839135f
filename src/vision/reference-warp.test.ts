import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { byteDifference, cropMatrix, noiseImage, smoothImage } from '../../test/support/vision-images.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { createImage8 } from '../tensor/image.ts';
import { referenceWarpAffine } from './reference-warp.ts';
import { warpAffine } from './warp.ts';

const golden = fileURLToPath(new URL('../../test/fixtures/golden/align/align_restore.safetensors', import.meta.url));

describe('referenceWarpAffine', () => {
  it.each([3, 4] as const)("equals the reference's picture in every byte, from %d channels", async (channels) => {
    await using file = await openCheckpointFile(golden);
    const frame = await file.read('frame');
    const [height, width] = frame.shape;
    const image = createImage8(width, height, channels);
    for (let i = 0; i < frame.size; i++) image.data[Math.floor(i / 3) * channels + (i % 3)] = Number(frame.data[i]);
    const warped = await file.read('r256.warped_3');
    const [a, b, tx, c, d, ty] = Array.from((await file.read('r256.affine_3')).data, Number);
    const result = referenceWarpAffine(image, [a, b, tx, c, d, ty], warped.shape[1], warped.shape[0]);
    expect(byteDifference(result.data, Uint8Array.from(warped.data, Number))).toMatchObject({ count: 0 });
  });

  it.each([
    ['inside the picture', { x: 160, y: 150, scale: 0.6, degrees: 10 }],
    ['across its edge', { x: 10, y: 290, scale: 0.4, degrees: -25 }],
    ['larger than it', { x: 150, y: 150, scale: 0.1, degrees: 100 }],
  ])('is within one gray level of the exact warp %s', (_, place) => {
    const matrix = cropMatrix({ width: 105, height: 140 }, place);
    const image = smoothImage(320, 300, 4);
    const exact = warpAffine(image, matrix, 105, 140, { fill: 30 });
    const difference = byteDifference(referenceWarpAffine(image, matrix, 105, 140, { fill: 30 }).data, exact.data);
    expect(difference.maximum).toBeLessThanOrEqual(1);
    expect(difference.mean).toBeLessThan(0.05);
  });

  it('fills what lies beyond the picture, and writes where it is told', () => {
    const out = new Uint8Array(3 * 8 * 9);
    const { data } = referenceWarpAffine(noiseImage(20, 20, 3), [1, 0, 500, 0, 1, -500], 8, 9, { fill: 77, out });
    expect(new Set(out)).toEqual(new Set([77]));
    expect(data.buffer).toBe(out.buffer);
  });

  it('refuses a matrix that has no inverse', () => {
    expect(() => referenceWarpAffine(noiseImage(20, 20, 3), [1, 2, 0, 2, 4, 0], 8, 8)).toThrow('has no inverse');
  });
});
