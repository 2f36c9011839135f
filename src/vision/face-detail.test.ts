// Faces of rendered people, drawn too smooth or with another mouth, in pictures several times as large as the faces.
import { describe, expect, it } from 'vitest';
import { cropMatrix } from '../../test/support/vision-images.ts';
import { neutralExpression } from '../synthetic/expression.ts';
import { sampleIdentity } from '../synthetic/identity.ts';
import { TalkingHead } from '../synthetic/talking-head.ts';
import { toPixelValues, createImage8, type Image8 } from '../tensor/image.ts';
import { rgbaLayout } from '../tensor/picture.ts';
import { TorchGenerator } from '../util/random.ts';
import { PictureCanvas } from './face-canvas.ts';
import { FaceDetail, type DetailedFace } from './face-detail.ts';
import { mouthShares } from './face-regions.ts';
import { faceMatrix } from './face-space.ts';
import { transformPoint, type AffineMatrix } from './geometry.ts';
import { pasteOpacity } from './paste-opacity.ts';
import { faceTemplate } from './similarity.ts';

const SIZE = 128;
const AREA = SIZE ** 2;
const GRID = 64;
const mouth = mouthShares(SIZE);
const opacity = pasteOpacity(SIZE);

/** Pictures three times as large as the crop, which they show whole, turned a little. */
const SIDE = 420;
const crop = faceTemplate(SIZE);
const place = cropMatrix(crop, { x: SIDE / 2, y: SIDE / 2, scale: 1 / 3, degrees: 4 });
const head = new TalkingHead(sampleIdentity(3), { width: SIDE, height: SIDE, viewHeight: 15, centerY: -4.8 });

/** Returns a picture of a person with closed or open mouth, RGBA, with grain of so many gray levels. */
function picture(jaw: number, grain: number): Uint8Array {
  const { mouth: lips, ...rest } = neutralExpression();
  const pixels = Uint8Array.from(head.render({ ...rest, mouth: { ...lips, jaw, upperRaise: jaw } }));
  const generator = new TorchGenerator(11);
  for (let i = 0; i < pixels.length; i += 4) {
    const noise = grain * (generator.integer(1024) / 512 - 1);
    for (let c = 0; c < 3; c++) pixels[i + c] = Math.min(255, Math.max(0, Math.round(pixels[i + c] + noise)));
  }
  return pixels;
}

const canvas = new PictureCanvas(SIZE, rgbaLayout(SIDE, SIDE));
const cut = (pixels: Uint8Array): Image8 => canvas.cut(pixels, place);
const closed = picture(0, 12);
const open = picture(0.7, 12);
const smooth = toPixelValues(cut(picture(0, 0)));

/** Returns the picture after a face was pasted, with detail or without. */
function pasted(pixels: Uint8Array, { face, shares }: { face: Float32Array; shares?: Float32Array }): Uint8Array {
  const out = Uint8Array.from(pixels);
  canvas.paste(out, face, place, { detail: shares });
  return out;
}

const toFace: AffineMatrix = faceMatrix(place, SIZE);
/** Returns whether a pixel of the picture lies where a condition on the face holds. */
function facePixel(x: number, y: number): number {
  const [u, v] = transformPoint(toFace, [x, y]).map(Math.round);
  return u >= 0 && v >= 0 && u < SIZE && v < SIZE ? v * SIZE + u : -1;
}
const onSkin = (i: number): boolean => opacity[i] === 1 && mouth[i] === 0;

/** Returns the RMS of differences to the pixels `distance` to the right, in green: more of coarse grain the longer the distance. */
function grainAt(pixels: Uint8Array, distance: number, where: (facePixel: number) => boolean): number {
  let [sum, count] = [0, 0];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x + distance < SIDE; x++) {
      const i = facePixel(x, y);
      if (i < 0 || !where(i)) continue;
      const at = 4 * (y * SIDE + x) + 1;
      sum += (pixels[at] - pixels[at + 4 * distance]) ** 2;
      count++;
    }
  }
  expect(count).toBeGreaterThan(500);
  return Math.sqrt(sum / count);
}

/** Returns the mean difference of two pictures where a condition on the face holds, in gray levels. */
function difference(a: Uint8Array, b: Uint8Array, where: (facePixel: number) => boolean): number {
  let [sum, count] = [0, 0];
  for (let p = 0; p < SIDE * SIDE; p++) {
    const i = facePixel(p % SIDE, Math.floor(p / SIDE));
    if (i < 0 || !where(i)) continue;
    for (let c = 0; c < 3; c++) sum += Math.abs(a[4 * p + c] - b[4 * p + c]);
    count += 3;
  }
  expect(count).toBeGreaterThan(500);
  return sum / count;
}

/** Returns the lowest, mean and highest share of cells whose place in the face fulfills a condition. */
function sharesWhere({ shares }: DetailedFace, where: (x: number, y: number) => boolean): [number, number, number] {
  const chosen = Array.from(shares).filter((_, i) => where((i % GRID) / GRID, Math.floor(i / GRID) / GRID));
  return [Math.min(...chosen), chosen.reduce((a, b) => a + b) / chosen.length, Math.max(...chosen)];
}

describe('FaceDetail', () => {
  const detail = new FaceDetail(SIZE);

  it('leaves a picture whose own face is drawn closer to what it was', () => {
    const source = cut(closed);
    const drawn = toPixelValues(source);
    const detailed = detail.compare(drawn, source);
    expect(detailed.face).toEqual(drawn);
    expect(Math.min(...detailed.shares)).toBeGreaterThan(0.999);
    const onFace = (i: number): boolean => opacity[i] > 0;
    expect(difference(pasted(closed, { face: drawn }), closed, onFace)).toBeGreaterThan(2);
    // What is left: the face was sampled at single points of the grain, whose means over cells differ from all of it.
    expect(difference(pasted(closed, detailed), closed, onFace)).toBeLessThan(2);
  });

  it('keeps the grain of the skin under a face that is drawn without, at all frequencies', () => {
    const detailed = detail.compare(smooth, cut(closed));
    const [plain, kept] = [pasted(closed, { face: smooth }), pasted(closed, detailed)];
    for (const distance of [1, 2, 3]) {
      const source = grainAt(closed, distance, onSkin);
      expect(grainAt(plain, distance, onSkin)).toBeLessThan(0.5 * source);
      expect(Math.abs(grainAt(kept, distance, onSkin) / source - 1)).toBeLessThan(0.1);
    }
  });

  it('takes light and color from what is drawn', () => {
    const brighter = smooth.map((value) => value + 20 / 127.5);
    const detailed = detail.compare(brighter, cut(closed));
    expect(sharesWhere(detailed, () => true)[1]).toBeGreaterThan(0.95);
    const well = (i: number): boolean => onSkin(i) && opacity[i + 6] === 1 && opacity[i - 6] === 1;
    const lift = difference(pasted(closed, detailed), closed, well);
    expect(lift).toBeGreaterThan(18);
    expect(lift).toBeLessThan(22);
  });

  it('lets no lips of the source show through where another mouth is drawn', () => {
    const source = cut(open);
    const detailed = detail.compare(smooth, source);
    const lips = ([x, y]: [number, number]): boolean => Math.abs(x - 0.5) < 0.1 && Math.abs(y - 0.635) < 0.06;
    expect(sharesWhere(detailed, (x, y) => lips([x, y]))[1]).toBeLessThan(0.2);
    expect(sharesWhere(detailed, (x, y) => y > 0.45 && y < 0.6 && x > 0.08 && x < 0.2)[0]).toBeGreaterThan(0.8);
    // Nothing of the drawn lips is lost: they are as without detail, but for their sharpness.
    const inLips = (i: number): boolean => lips([(i % SIZE) / SIZE, Math.floor(i / SIZE) / SIZE]);
    const [plain, kept] = [pasted(open, { face: smooth }), pasted(open, detailed)];
    expect(difference(kept, plain, inLips)).toBeLessThan(0.2 * difference(open, plain, inLips));
  });

  it("draws a mouth crisper that is weaker than the source's, and not one that is stronger", () => {
    const weaker = smooth.map((value, i) =>
      mouth[i % AREA] > 0 ? (smooth[i - SIZE] + 2 * value + smooth[i + SIZE]) / 4 : value,
    );
    const source = cut(picture(0, 0));
    const mouthError = (face: Float32Array): number =>
      face.reduce((sum, value, i) => sum + mouth[i % AREA] * (value - smooth[i]) ** 2, 0);
    const before = mouthError(weaker);
    expect(mouthError(detail.compare(weaker, source).face)).toBeLessThan(0.9 * before);
    const generator = new TorchGenerator(5);
    const noise = smooth.map(() => generator.integer(256) / 127.5 - 1);
    const detailed = detail.compare(noise, source);
    expect(detailed.face).toEqual(noise);
    expect(sharesWhere(detailed, (x, y) => Math.abs(x - 0.5) < 0.1 && Math.abs(y - 0.635) < 0.06)[2]).toBeLessThan(0.2);
  });

  it('finds the same whatever it saw before', () => {
    const first = Float32Array.from(new FaceDetail(SIZE).compare(smooth, cut(open)).shares);
    detail.compare(toPixelValues(cut(open)), cut(closed));
    expect(detail.compare(smooth, cut(open)).shares).toEqual(first);
    expect(() => detail.compare(new Float32Array(3), cut(open))).toThrow('[3, 128, 128]');
    expect(() => detail.compare(smooth, createImage8(64, 64, 3))).toThrow('128×128');
  });
});
