import { describe, expect, it } from 'vitest';
import { createImage8, toPixelValues, type Image8 } from '../tensor/image.ts';
import { brightened, darkened, exposureGain } from './face-exposure.ts';

const SIZE = 64;

/** A face of one level, with a lamp of another in a corner that is a share of the picture. */
function face(level: number, lamp = level, share = 0): Image8 {
  const data = new Uint8Array(3 * SIZE * SIZE).fill(level);
  data.fill(lamp, 0, 3 * Math.round(share * SIZE * SIZE));
  return createImage8(SIZE, SIZE, 3, data);
}

describe('the exposure of faces', () => {
  it('stays where they are not dark', () => {
    for (const level of [64, 100, 255]) expect(exposureGain(face(level))).toBe(1);
    const bright = face(100);
    expect(brightened(bright, 1)).toBe(bright);
    const drawn = toPixelValues(bright);
    expect(darkened(drawn, 1)).toBe(drawn);
  });

  it('brings dark ones to the same level, the darkest as far as it may', () => {
    expect(exposureGain(face(32))).toBeCloseTo(2, 6);
    expect(exposureGain(face(60))).toBeCloseTo(64 / 60, 6);
    expect(exposureGain(face(4))).toBe(6);
    expect(exposureGain(face(0))).toBe(6);
  });

  it('does not cut off what is bright around a dark face, but for a few pixels', () => {
    expect(exposureGain(face(32, 200, 0.15))).toBeCloseTo(1.25, 6);
    expect(exposureGain(face(32, 255, 0.15))).toBe(1);
    expect(exposureGain(face(32, 255, 0.005))).toBeCloseTo(2, 6);
  });

  it('is undone for what is drawn', () => {
    const dark = face(20, 30, 0.1);
    const gain = exposureGain(dark);
    const shown = brightened(dark, gain);
    expect(gain).toBeGreaterThan(2);
    const drawn = darkened(toPixelValues(shown), gain);
    toPixelValues(dark).forEach((value, i) => {
      expect(Math.abs(drawn[i] - value) * 127.5).toBeLessThan(0.5);
    });
  });
});
