import { describe, expect, it } from 'vitest';
import { CutDetector } from './cut-detector.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';

/** A scene: a gradient of a seeded slope, a bright disc at (x, y), and noise of the given strength. */
function scene(seed: number, { x = 60, y = 60, noise = 2, frame = 0 } = {}): Image8 {
  const image = createImage8(160, 120, 4);
  for (let i = 0; i < 160 * 120; i++) {
    const [px, py] = [i % 160, Math.floor(i / 160)];
    const disc = (px - x) ** 2 + (py - y) ** 2 < 400 ? 90 : 0;
    const grain = ((Math.imul(i + 7919 * frame + 1, 0x9e3779b1) >>> 16) / 65536 - 0.5) * noise;
    const value = 40 + 30 * seed + 0.3 * (seed % 2 === 0 ? px : py) + disc + grain;
    image.data.fill(Math.max(0, Math.min(255, value)), 4 * i, 4 * i + 3);
  }
  return image;
}

function cuts(frames: readonly Image8[]): number[] {
  const detector = new CutDetector();
  return frames.flatMap((frame, i) => (detector.isCut(frame) ? [i] : []));
}

describe('CutDetector', () => {
  it('sees none in a moving, noisy scene', () => {
    expect(cuts(Array.from({ length: 30 }, (_, i) => scene(1, { x: 40 + 3 * i, noise: 12, frame: i })))).toEqual([]);
  });

  it('sees each change of scene once', () => {
    const frames = [0, 0, 0, 1, 1, 1, 2, 0, 0].map((seed, frame) => scene(seed, { frame }));
    expect(cuts(frames)).toEqual([3, 6, 7]);
  });

  it('sees a jump within a still scene', () => {
    const frames = Array.from({ length: 12 }, (_, i) =>
      scene(1, { x: i < 6 ? 40 : 110, y: i < 6 ? 40 : 90, frame: i }),
    );
    expect(cuts(frames)).toEqual([6]);
  });

  it('sees a change of scene in the midst of motion', () => {
    const frames = Array.from({ length: 12 }, (_, i) => scene(i < 6 ? 0 : 3, { x: 10 + 12 * i, frame: i }));
    expect(cuts(frames)).toEqual([6]);
  });

  it('sees no cut in a fade', () => {
    const frames = Array.from({ length: 20 }, (_, i) => {
      const image = scene(1, { frame: i });
      for (let p = 0; p < image.data.length; p++) image.data[p] *= 1 - i / 25;
      return image;
    });
    expect(cuts(frames)).toEqual([]);
  });
});
