import { describe, expect, it } from 'vitest';
import { byteDifference, cropMatrix, noiseImage, smoothImage } from '../../test/support/vision-images.ts';
import { Compositor } from './compositing.ts';
import { FaceAligner } from './face-aligner.ts';
import { faceMatrix } from './face-space.ts';
import { transformPoint } from './geometry.ts';
import type { AffineMatrix } from './geometry.ts';
import { createImage8, toPixelValues } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';
import { inpaintMask } from './mask.ts';
import { rgbaLayout } from '../tensor/picture.ts';
import { pasteOpacity } from './paste-opacity.ts';
import { ReferenceCompositor } from './reference-compositor.ts';
import { faceTemplate } from './similarity.ts';

const resolution = 128;
const template = faceTemplate(resolution);
/** Pastes a face into an RGBA image. */
function paste({ width, height, data }: Image8, face: Float32Array, matrix: AffineMatrix): void {
  new Compositor(resolution, rgbaLayout(width, height)).paste(data, face, matrix);
}

const placements = [
  { x: 110, y: 120, scale: 0.8, degrees: 9 },
  { x: 20, y: 30, scale: 1.1, degrees: -20 },
  { x: 205, y: 225, scale: 0.7, degrees: 100 },
];

/** Returns the opacity at a position in the face, 0 outside it. */
function opacityAt(opacity: Float32Array, [u, v]: readonly [number, number]): number {
  const at = (x: number, y: number): number =>
    x >= 0 && y >= 0 && x < resolution && y < resolution ? opacity[y * resolution + x] : 0;
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const above = (1 - (u - x)) * at(x, y) + (u - x) * at(x + 1, y);
  const below = (1 - (u - x)) * at(x, y + 1) + (u - x) * at(x + 1, y + 1);
  return (1 - (v - y)) * above + (v - y) * below;
}

function meanSquare(a: Image8, b: Image8, where: (i: number) => boolean): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    if (!where(i)) continue;
    sum += (a.data[i] - b.data[i]) ** 2;
    count++;
  }
  return sum / count;
}

describe('pasteOpacity', () => {
  it('is full inside the regenerated region and nothing at eyes and crop edges', () => {
    const opacity = pasteOpacity(resolution);
    const mask = inpaintMask(resolution);
    const row = (y: number): Float32Array => opacity.subarray(y * resolution, (y + 1) * resolution);
    expect(Math.max(...row(30))).toBe(0);
    expect(row(75)[64]).toBe(1);
    expect(row(60)[64]).toBe(0); // the nose is kept
    for (let i = 0; i < resolution; i++) expect(row(i)[0] + row(i)[resolution - 1] + row(resolution - 1)[i]).toBe(0);
    let generated = 0;
    let pasted = 0;
    for (let i = 0; i < mask.length; i++) {
      generated += 1 - mask[i];
      pasted += opacity[i];
    }
    expect(pasted / generated).toBeGreaterThan(0.85);
    expect(pasted / generated).toBeLessThan(1.2);
  });
});

describe('Compositor', () => {
  it.each(placements)('blends the face by its opacity and keeps every other byte: %o', (placement) => {
    const matrix = cropMatrix(template, placement);
    const before = noiseImage(220, 240, 4);
    const frame = noiseImage(220, 240, 4);
    paste(frame, new Float32Array(3 * resolution * resolution).fill(1), matrix);
    const opacity = pasteOpacity(resolution);
    const toFace = faceMatrix(matrix, resolution);
    const expected = Array.from(before.data, (value, i) => {
      const pixel = Math.floor(i / 4);
      const weight =
        i % 4 === 3 ? 0 : opacityAt(opacity, transformPoint(toFace, [pixel % 220, Math.floor(pixel / 220)]));
      return Math.round(weight * 255 + (1 - weight) * value);
    });
    expect(byteDifference(frame.data, expected).count).toBe(0);
    expect(byteDifference(frame.data, before.data).count).toBeGreaterThan(5000);
  });

  it('leaves a frame that shows its own face nearly as it was, and more so than the reference does', () => {
    const aligner = new FaceAligner(resolution);
    const matrix = cropMatrix(template, { x: 110, y: 120, scale: 0.9, degrees: 5 });
    const original = smoothImage(220, 240, 4);
    const face = toPixelValues(aligner.cut(original, matrix));
    const ours = smoothImage(220, 240, 4);
    const reference = smoothImage(220, 240, 4);
    paste(ours, face, matrix);
    new ReferenceCompositor(resolution).paste(reference, face, matrix);
    const changed = (i: number): boolean => ours.data[i] !== original.data[i] || reference.data[i] !== original.data[i];
    expect(byteDifference(ours.data, original.data).maximum).toBeLessThanOrEqual(3);
    expect(meanSquare(ours, original, changed)).toBeLessThan(meanSquare(reference, original, changed));
  });

  it('averages a face that is far larger than its place in the frame', () => {
    // Stripes a pixel wide become gray: sampling single pixels would show stripes or one of the two colors.
    const stripes = Float32Array.from({ length: 3 * resolution * resolution }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const frame = createImage8(60, 60, 4);
    frame.data.fill(128);
    paste(frame, stripes, cropMatrix(template, { x: 30, y: 30, scale: 6, degrees: 0 }));
    expect(Math.max(...frame.data) - Math.min(...frame.data)).toBeLessThanOrEqual(1);
  });

  it('changes nothing when the face is out of sight', () => {
    const frame = noiseImage(50, 50, 4);
    const face = new Float32Array(3 * resolution * resolution);
    const away: AffineMatrix = cropMatrix(template, { x: 500, y: -400, scale: 1, degrees: 0 });
    paste(frame, face, away);
    expect(frame.data).toEqual(noiseImage(50, 50, 4).data);
  });

  it('clamps values beyond −1 … 1', () => {
    const matrix = cropMatrix(template, placements[0]);
    const frame = createImage8(220, 240, 4);
    paste(frame, new Float32Array(3 * resolution * resolution).fill(5), matrix);
    expect(Array.from(frame.data)).toContain(255);
  });
});
