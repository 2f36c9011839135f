import { describe, expect, it } from 'vitest';
import { slowCoverage, slowErosion, slowSoftMask } from '../../test/support/slow-soft-mask.ts';
import { cropMatrix } from '../../test/support/vision-images.ts';
import { CropCoverage } from './crop-coverage.ts';
import { SoftMask } from './soft-mask.ts';

const crop = { width: 42, height: 56 };
const frame = { width: 130, height: 110 };

/** Where a crop may lie: inside, over each edge of the frame, larger than the frame, turned by any angle. */
const placements = [
  { x: 65, y: 55, scale: 0.62, degrees: 0 },
  { x: 65, y: 55, scale: 0.7, degrees: 7 },
  { x: 60, y: 50, scale: 1.4, degrees: -38 },
  { x: 8, y: 60, scale: 0.6, degrees: 4 },
  { x: 122, y: 12, scale: 0.55, degrees: -12 },
  { x: 70, y: 108, scale: 0.8, degrees: 91 },
  { x: 65, y: 55, scale: 0.25, degrees: 3 },
  { x: 30, y: 30, scale: 3.5, degrees: 10 },
];

describe('CropCoverage', () => {
  it.each(placements)('is the warp of ones, and its erosions are minima over squares: %o', (placement) => {
    const matrix = cropMatrix(crop, placement);
    const coverage = new CropCoverage(matrix, crop, frame);
    const expected = slowCoverage(matrix, crop, frame);
    for (const window of [
      { before: 1, after: 0 },
      { before: 6, after: 4 },
    ]) {
      const eroded = slowErosion(expected, frame, window.before, window.after);
      let wrong = 0;
      for (let y = 0; y < frame.height; y++) {
        const [first, end] = coverage.nonZeroSpan(y, window);
        const [solidFirst, solidEnd] = coverage.solidSpan(y, window);
        for (let x = 0; x < frame.width; x++) {
          const value = eroded[y * frame.width + x];
          if (Math.abs(coverage.eroded(x, y, window) - value) > 1e-9) wrong++;
          if ((x < first || x >= end) && value !== 0) wrong++;
          if (x >= solidFirst && x < solidEnd && value < 1 - 1e-9) wrong++;
        }
      }
      expect(wrong).toBe(0);
    }
  });
});

describe('SoftMask', () => {
  const softMask = new SoftMask();

  it.each(placements)('equals the whole-frame computation: %o', (placement) => {
    const matrix = cropMatrix(crop, placement);
    const { soft } = slowSoftMask(matrix, crop, frame);
    const region = softMask.compute(matrix, crop, frame)!;
    const { box, values, spans } = region;
    let largest = 0;
    for (let y = 0; y < frame.height; y++) {
      for (let x = 0; x < frame.width; x++) {
        const [row, column] = [y - box.y, x - box.x];
        const inside = row >= 0 && row < box.height && column >= spans[2 * row] && column < spans[2 * row + 1];
        const value = inside ? values[row * box.width + column] : 0;
        largest = Math.max(largest, Math.abs(value - soft[y * frame.width + x]));
      }
    }
    expect(largest).toBeLessThan(1e-6);
    expect(Math.max(...soft)).toBeGreaterThan(0.9);
  });

  it('is undefined for a crop beyond the frame', () => {
    expect(softMask.compute(cropMatrix(crop, { x: 900, y: 55, scale: 1, degrees: 0 }), crop, frame)).toBeUndefined();
  });
});
