// Figures of made faces: change, flicker, sharpness, and differences from a source.
import { describe, expect, it } from 'vitest';
import { createImage8, type Image8 } from '../tensor/image.ts';
import { inpaintMask } from '../vision/mask.ts';
import { FaceFigures } from './face-figures.ts';
import { SourceComparison } from './source-comparison.ts';

const SIDE = 64;
const mask = inpaintMask(SIDE);

/** A face of gray levels by pixel. */
function face(level: (pixel: number) => number): Image8 {
  return createImage8(
    SIDE,
    SIDE,
    3,
    Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => level(Math.floor(i / 3))),
  );
}
const texture = (pixel: number): number => 100 + ((pixel * 37) % 23);

function figuresOf(faces: readonly Image8[]) {
  const figures = new FaceFigures(SIDE);
  for (const each of faces) figures.add(each);
  return figures.figures;
}

describe('FaceFigures', () => {
  it('measures change from frame to frame, and none of a still', () => {
    const frames = [0, 3, 6].map((more) => face((pixel) => texture(pixel) + more));
    expect(figuresOf(frames).change).toBeCloseTo(3, 4);
    expect(figuresOf([frames[0], frames[0], frames[0]]).change).toBe(0);
    expect(figuresOf([frames[0]]).change).toBeNaN();
  });

  it('measures how much more drawn skin flickers than the rest, wherever steady movement does not count', () => {
    const flickering = Array.from({ length: 6 }, (_, frame) =>
      face((pixel) => texture(pixel) + 5 * frame + (mask[pixel] === 0 ? 6 : 2) * (frame % 2)),
    );
    expect(figuresOf(flickering).flicker).toBeCloseTo(3, 4);
  });

  it('starts anew where a face does not continue', () => {
    const figures = new FaceFigures(SIDE);
    figures.add(face(() => 0));
    figures.restart();
    figures.add(face(() => 255));
    expect(figures.figures.change).toBeNaN();
  });

  it('measures detail of the mouth beside that of the rest', () => {
    const half = face((pixel) => (mask[pixel] === 0 ? (100 + texture(pixel)) / 2 : texture(pixel)));
    const ratio = figuresOf([half]).sharpness / figuresOf([face(texture)]).sharpness;
    expect(ratio).toBeCloseTo(0.5, 1);
  });
});

describe('SourceComparison', () => {
  const landmarks = Float32Array.from({ length: 468 * 3 }, (_, i) => (i * 7) % SIDE);
  const compare = (result: Image8, moved = landmarks) => {
    const comparison = new SourceComparison(SIDE);
    comparison.add({ face: face(texture), landmarks }, { face: result, landmarks: moved });
    return comparison.figures!;
  };

  it('finds nothing where nothing has changed', () => {
    expect(compare(face(texture))).toEqual({
      frames: 1,
      changed: 0,
      psnr: { inside: Infinity, outside: Infinity },
      ssim: { inside: 1, outside: 1 },
      skin: 0,
      landmarks: 0,
    });
    expect(new SourceComparison(SIDE).figures).toBeUndefined();
  });

  it('tells what is drawn from the rest', () => {
    const drawn = compare(face((pixel) => texture(pixel) + (mask[pixel] === 0 ? 8 : 0)));
    expect(drawn.changed).toBe(1);
    expect(drawn.psnr.inside).toBeCloseTo(10 * Math.log10(255 ** 2 / 64), 5);
    expect(drawn.psnr.outside).toBe(Infinity);
    expect(drawn.ssim.outside).toBe(1);
    expect(drawn.skin).toBeGreaterThan(2);
  });

  it('does not take what is encoded again for changed', () => {
    const again = compare(face((pixel) => texture(pixel) + (pixel % 2)));
    expect(again.changed).toBe(0);
    expect(again.psnr.inside).toBeGreaterThan(48);
  });

  it('measures landmarks in distances between the eyes', () => {
    const eyes = Math.hypot(landmarks[3 * 33] - landmarks[3 * 263], landmarks[3 * 33 + 1] - landmarks[3 * 263 + 1]);
    const moved = landmarks.map((value, i) => (i % 3 === 0 ? value + 2 : value));
    expect(compare(face(texture), moved).landmarks).toBeCloseTo(2 / eyes, 5);
  });
});
