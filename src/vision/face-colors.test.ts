import { describe, expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { colorDistance, faceColors } from './face-colors.ts';

/** A picture with the color of a function. */
function picture(size: number, colorAt: (x: number, y: number) => readonly number[]): Image8 {
  const image = createImage8(size, size, 3);
  for (let i = 0; i < size * size; i++) image.data.set(colorAt(i % size, Math.floor(i / size)), 3 * i);
  return image;
}

const square = { centerX: 100, centerY: 100, side: 90, angle: 0 };
const [red, white] = [
  [255, 0, 0],
  [255, 255, 255],
];

describe('faceColors', () => {
  it('are those of hair and clothes, in CIELAB', () => {
    const colors = faceColors(
      picture(200, (_, y) => (y > 140 ? red : white)),
      square,
    );
    expect([...colors.subarray(0, 3)].map(Math.round)).toEqual([100, 0, 0]);
    expect([...colors.subarray(9)].map(Math.round)).toEqual([53, 80, 67]);
  });

  it('turn with the face', () => {
    const colors = faceColors(
      picture(200, (_, y) => (y < 60 ? red : white)),
      { ...square, angle: Math.PI },
    );
    expect(Math.round(colors[9])).toBe(53);
    expect(Math.round(colors[0])).toBe(100);
  });

  it('are unknown beyond the frame, and the distance is that of what is known of both', () => {
    const closeUp = faceColors(
      picture(120, () => red),
      { centerX: 60, centerY: 60, side: 90, angle: 0 },
    );
    expect(Number.isNaN(closeUp[9])).toBe(true);
    const far = faceColors(
      picture(200, (_, y) => (y > 140 ? white : red)),
      square,
    );
    expect(colorDistance(closeUp, far)).toBeCloseTo(0, 4);
    const none = new Float32Array(closeUp.length).fill(NaN);
    expect(colorDistance(closeUp, none)).toBeUndefined();
    expect(colorDistance(far, far)).toBe(0);
  });
});
