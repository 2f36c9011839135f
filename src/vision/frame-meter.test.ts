// FrameMeter: blur, motion and likeness show in its numbers, whatever the size of the picture.
import { describe, expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { FrameMeter } from './frame-meter.ts';
import { meanAbsoluteDifference } from './luma-grid.ts';

/** Stripes of a period, in pixels, with soft edges of a width, moved to the right by a shift. */
function stripes(size: number, { period = size / 8, edge = 2, shift = 0 } = {}): Image8 {
  const image = createImage8(size, size, 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const phase = (((x - shift) % period) + period) % period;
      const level = Math.max(-1, Math.min(1, (Math.abs(phase - period / 2) - period / 4) / (edge / 2)));
      image.data.fill(128 + 100 * level, 4 * (y * size + x), 4 * (y * size + x) + 3);
    }
  }
  return image;
}

const measured = (...frames: Image8[]) => {
  const meter = new FrameMeter();
  return frames.map((frame) => meter.measure(frame, undefined));
};

describe('FrameMeter', () => {
  it.each([128, 512])('finds a frame of %i pixels sharper than a blurred one', (size) => {
    const [sharp, blurred] = measured(stripes(size), stripes(size, { edge: size / 16 }));
    expect(sharp.sharpness).toBeGreaterThan(1.5 * blurred.sharpness);
  });

  it('measures motion from one frame to the next', () => {
    const [first, same, little, much] = measured(
      stripes(256),
      stripes(256),
      stripes(256, { shift: 2 }),
      stripes(256, { shift: 10 }),
    );
    expect([first.motion, same.motion]).toEqual([0, 0]);
    expect(little.motion).toBeGreaterThan(5);
    expect(much.motion).toBeGreaterThan(2 * little.motion);
  });

  it('looks at the face alone, also where it reaches beyond the frame', () => {
    const frame = createImage8(64, 64, 4);
    frame.data.fill(40);
    for (let y = 0; y < 64; y++) frame.data.fill(200, 4 * 64 * y, 4 * (64 * y + 32));
    const meter = new FrameMeter();
    const left = meter.measure(frame, { x: -20, y: 0, width: 40, height: 64 });
    const right = meter.measure(frame, { x: 40, y: 0, width: 40, height: 64 });
    expect([left.faceLook.length, left.frameLook.length]).toEqual([8 * 8, 12 * 12]);
    expect([...new Set(left.faceLook)]).toEqual([200]);
    expect([...new Set(right.faceLook)]).toEqual([40]);
    expect(left.sharpness).toBe(0);
    expect(meanAbsoluteDifference(left.frameLook, right.frameLook)).toBe(0);
  });
});
