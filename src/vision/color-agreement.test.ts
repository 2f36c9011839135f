// Faces of rendered people with casts of color that are known, on which the source's color has to come back.
import { describe, expect, it } from 'vitest';
import { neutralExpression } from '../synthetic/expression.ts';
import { sampleIdentity } from '../synthetic/identity.ts';
import { TalkingHead } from '../synthetic/talking-head.ts';
import { createImage8, toPixelValues, type Image8 } from '../tensor/image.ts';
import { TorchGenerator } from '../util/random.ts';
import { ColorAgreement } from './color-agreement.ts';
import { mouthShares } from './face-regions.ts';
import type { AffineMatrix } from './geometry.ts';
import { inpaintMask } from './mask.ts';
import { pasteOpacity } from './paste-opacity.ts';
import { faceTemplate } from './similarity.ts';

const SIZE = 128;
const AREA = SIZE ** 2;
const mask = inpaintMask(SIZE);
const mouth = mouthShares(SIZE);
const opacity = pasteOpacity(SIZE);

/** Frames that are the crop. */
const frame = faceTemplate(SIZE);
const here: AffineMatrix = [1, 0, 0, 0, 1, 0];

/** A person from the front, about as faces are aligned, with closed or open mouth. */
const head = new TalkingHead(sampleIdentity(3), { width: SIZE, height: SIZE, viewHeight: 15, centerY: -4.8 });
function person(jaw: number): Image8 {
  const { mouth: lips, ...rest } = neutralExpression();
  const rgba = head.render({ ...rest, mouth: { ...lips, jaw, upperRaise: jaw } });
  const image = createImage8(SIZE, SIZE, 3);
  for (let i = 0; i < AREA; i++) image.data.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
  return image;
}
const closed = person(0);
const open = person(0.7);

type Cast = (value: number, x: number, y: number, channel: number) => number;

/** Returns a face as a network would draw it: where the mask says so, with a cast of color, in gray levels. */
function drawnWith(face: Image8, cast: Cast): Float32Array {
  return toPixelValues(face).map((value, i) => {
    const [channel, pixel] = [Math.floor(i / AREA), i % AREA];
    const gray = (value + 1) * 127.5;
    const changed = cast(gray, (pixel % SIZE) / SIZE, Math.floor(pixel / SIZE) / SIZE, channel);
    return ((1 - mask[pixel]) * changed + mask[pixel] * gray) / 127.5 - 1;
  });
}

/** Returns mean and greatest difference of two faces, in gray levels, where a condition holds. */
function difference(a: Float32Array, b: Float32Array, where: (pixel: number) => boolean) {
  let [sum, count, greatest] = [0, 0, 0];
  for (let i = 0; i < 3 * AREA; i++) {
    if (!where(i % AREA)) continue;
    const levels = Math.abs(a[i] - b[i]) * 127.5;
    sum += levels;
    greatest = Math.max(greatest, levels);
    count++;
  }
  return { mean: sum / count, greatest };
}

const everywhere = (): boolean => true;
const besideMouth = (pixel: number): boolean => mask[pixel] === 0 && mouth[pixel] === 0;
const orange: Cast = (value, _x, _y, channel) => value + [14, 2, -32][channel];

/** Returns how far a face is from gray, in gray levels: red and blue minus green, averaged where a condition holds. */
function tintOf(face: Float32Array, where: (pixel: number) => boolean): [number, number] {
  const sum = [0, 0];
  let count = 0;
  for (let i = 0; i < AREA; i++) {
    if (!where(i)) continue;
    sum[0] += (face[i] - face[AREA + i]) * 127.5;
    sum[1] += (face[2 * AREA + i] - face[AREA + i]) * 127.5;
    count++;
  }
  expect(count).toBeGreaterThan(20);
  return [sum[0] / count, sum[1] / count];
}

const grayOf = (face: Image8, pixel: number, channel: number): number => face.data[3 * pixel + channel];
/** In the mouth, as bright as teeth, and nearly gray. */
const isTooth = (pixel: number): boolean => {
  const [red, green, blue] = [0, 1, 2].map((channel) => grayOf(open, pixel, channel));
  return mouth[pixel] === 1 && green > 125 && red - blue < 45;
};
/** In the mouth, and red. */
const isLip =
  (face: Image8) =>
  (pixel: number): boolean => {
    const [red, green] = [0, 1].map((channel) => grayOf(face, pixel, channel));
    return mouth[pixel] === 1 && green > 60 && red / green > 1.55;
  };

describe('ColorAgreement', () => {
  const agreement = new ColorAgreement(SIZE, frame);

  it('leaves a face that is drawn as the source shows it', () => {
    for (const face of [closed, open]) {
      const drawn = toPixelValues(face);
      expect(difference(agreement.match(drawn, face, here), drawn, everywhere).greatest).toBeLessThan(0.01);
    }
  });

  it.each<[string, Cast, number]>([
    ['a cast of color', orange, 0.1],
    ['a gradient of light', (value, x, y) => value + 30 * x - 20 * y, 0.3],
    ['gains', (value, _x, _y, channel) => value * [1.05, 0.95, 0.75][channel], 0.7],
  ])('takes away %s beside the mouth', (_, cast, tolerance) => {
    const drawn = drawnWith(closed, cast);
    const source = toPixelValues(closed);
    expect(difference(drawn, source, besideMouth).mean).toBeGreaterThan(5);
    expect(difference(agreement.match(drawn, closed, here), source, besideMouth).mean).toBeLessThan(tolerance);
  });

  it('gives lips the color that they have in the source, though the mouths differ', () => {
    const truth = tintOf(toPixelValues(open), isLip(open));
    const drawn = tintOf(drawnWith(open, orange), isLip(open));
    const matched = tintOf(agreement.match(drawnWith(open, orange), closed, here), isLip(open));
    expect(Math.abs(drawn[1] - truth[1])).toBeGreaterThan(30);
    expect(Math.abs(matched[0] - truth[0])).toBeLessThan(10);
    expect(Math.abs(matched[1] - truth[1])).toBeLessThan(10);
  });

  it('tints no teeth with the color of the skin', () => {
    // Only skin and lips are drawn in a wrong color.
    const drawn = drawnWith(open, orange);
    const teeth = toPixelValues(open);
    for (let i = 0; i < 3 * AREA; i++) if (isTooth(i % AREA)) drawn[i] = teeth[i];
    const before = tintOf(drawn, isTooth);
    const after = tintOf(agreement.match(drawn, open, here), isTooth);
    expect(Math.abs(after[0] - before[0])).toBeLessThan(3);
    expect(Math.abs(after[1] - before[1])).toBeLessThan(6);
  });

  it('is not misled by a hand at the border', () => {
    const covered = createImage8(SIZE, SIZE, 3, Uint8Array.from(closed.data));
    for (let y = 60; y < SIZE; y++) for (let x = 0; x < 24; x++) covered.data.set([30, 60, 200], 3 * (y * SIZE + x));
    const drawn = drawnWith(closed, orange);
    const free = Float32Array.from(agreement.match(drawn, closed, here));
    const beside = (pixel: number): boolean => opacity[pixel] === 1 && pixel % SIZE >= 36;
    expect(difference(agreement.match(drawn, covered, here), free, beside).mean).toBeLessThan(0.5);
    expect(difference(agreement.match(drawn, covered, here), free, beside).greatest).toBeLessThan(8);
  });

  it('does not look at what is beyond the frame', () => {
    // The frame ends in the middle of the left cheek; from there on, the aligned face is filled with gray.
    const cut = 0.25;
    const moved: AffineMatrix = [1, 0, cut * frame.width, 0, 1, 0];
    const filled = createImage8(SIZE, SIZE, 3, Uint8Array.from(closed.data));
    for (let i = 0; i < AREA; i++) if (i % SIZE < cut * SIZE) filled.data.fill(127, 3 * i, 3 * i + 3);
    const drawn = drawnWith(closed, orange);
    const besideEdge = (pixel: number): boolean =>
      besideMouth(pixel) && pixel % SIZE > cut * SIZE + 1 && pixel % SIZE < 0.4 * SIZE;
    const source = toPixelValues(closed);
    const errorAt = (matrix: AffineMatrix): number =>
      difference(agreement.match(drawn, filled, matrix), source, besideEdge).greatest;
    expect(errorAt(here)).toBeGreaterThan(3);
    expect(errorAt(moved)).toBeLessThan(1);
  });

  it('draws the same whatever it drew before', () => {
    const drawn = drawnWith(open, orange);
    const first = Float32Array.from(new ColorAgreement(SIZE, frame).match(drawn, closed, here));
    agreement.match(
      drawnWith(closed, (value) => 255 - value),
      open,
      here,
    );
    expect(agreement.match(drawn, closed, here)).toEqual(first);
  });

  it('shows no border: what is pasted next to it is as the frame', () => {
    const drawn = drawnWith(closed, (value, x) => value + 60 * Math.sin(40 * x));
    const atBorder = (pixel: number): boolean => opacity[pixel] > 0 && opacity[pixel] < 0.6;
    const source = toPixelValues(closed);
    expect(difference(agreement.match(drawn, closed, here), source, atBorder).greatest).toBeLessThan(1);
  });

  it('makes no more of noise than it is', () => {
    const generator = new TorchGenerator(5);
    const drawn = Float32Array.from({ length: 3 * AREA }, () => generator.integer(256) / 127.5 - 1);
    const white = createImage8(SIZE, SIZE, 3, new Uint8Array(3 * AREA).fill(255));
    const matched = agreement.match(drawn, white, here);
    expect(matched.every((value) => Number.isFinite(value))).toBe(true);
    // Far enough from the border, where the source's pixels take over.
    const inner = (pixel: number): boolean =>
      pixel > 0.62 * AREA && pixel < 0.72 * AREA && Math.abs((pixel % SIZE) - SIZE / 2) < 36;
    const { greatest } = difference(matched, drawn, (pixel) => inner(pixel) && mouth[pixel] === 0);
    expect(greatest).toBeGreaterThan(63);
    expect(greatest).toBeLessThan(64.01);
    // In the mouth times its gain, and the lips' shift.
    expect(difference(matched, drawn, (pixel) => inner(pixel) && mouth[pixel] > 0).greatest).toBeLessThan(160);
  });

  it('takes faces of any size', () => {
    for (const size of [64, 96]) {
      const gray = createImage8(size, size, 3, new Uint8Array(3 * size * size).fill(120));
      const matched = new ColorAgreement(size, faceTemplate(size)).match(
        new Float32Array(3 * size * size).fill(0.3),
        gray,
        here,
      );
      const middle = 0.72 * size * size + size / 2;
      expect(matched[Math.floor(middle)]).toBeCloseTo(120 / 127.5 - 1, 2);
    }
    expect(() => agreement.match(new Float32Array(3), closed, here)).toThrow('[3, 128, 128]');
    expect(() => agreement.match(new Float32Array(3 * AREA), createImage8(64, 64, 3), here)).toThrow('128×128');
  });
});
