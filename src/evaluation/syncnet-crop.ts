// The crop that SyncNet sees of a frame: [H,W,3|4] → blue, green and red planes [3,224,224] of 0 … 255.
import type { Image8 } from '../tensor/image.ts';
import { warpAffine } from '../vision/warp.ts';
import type { CropPlace } from './syncnet-tracks.ts';

/** Side of the crop. */
export const CROP_SIDE = 224;

/** The crop reaches so far beyond the face's square, in halves of its side: to the sides, and below. */
const MARGIN = 0.4;

/** Gray level beyond the picture. */
const BEYOND = 110;

/**
 * Returns the crop of a face: its square, wider by 0.4 to each side and lower by 0.8 of half its side, sampled bilinearly as by the official
 * code, which thinks of blue as the first color.
 */
export function syncNetCrop(frame: Image8, { centerX, centerY, halfSide }: CropPlace): Float32Array {
  const scale = CROP_SIDE / (2 * halfSide * (1 + MARGIN));
  const [left, top] = [centerX - halfSide * (1 + MARGIN), centerY - halfSide];
  // Pixel centers are at half pixels: u' + ½ = (u + ½ − left) · scale.
  const offset = (from: number): number => (0.5 - from) * scale - 0.5;
  const matrix = [scale, 0, offset(left), 0, scale, offset(top)] as const;
  const { data } = warpAffine(frame, matrix, CROP_SIDE, CROP_SIDE, { fill: BEYOND });
  const area = CROP_SIDE ** 2;
  const planes = new Float32Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) planes[channel * area + i] = data[3 * i + 2 - channel];
  }
  return planes;
}
