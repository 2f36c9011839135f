import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenUrl } from '../../test/read-golden.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { slowSoftMask } from '../../test/support/slow-soft-mask.ts';
import { byteDifference, cropMatrix, noiseImage } from '../../test/support/vision-images.ts';
import { BytesSource } from '../checkpoint/byte-source.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { fillHashed } from '../tensor/hashed.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { FaceAligner } from './face-aligner.ts';
import type { AffineMatrix } from './geometry.ts';
import { createImage8 } from '../tensor/image.ts';
import type { Image8 } from '../tensor/image.ts';
import { Lanczos4Resizer } from './lanczos.ts';
import { ReferenceCompositor } from './reference-compositor.ts';
import { bilinearTaps } from './resize-taps.ts';
import { resizePlanes } from './resize.ts';
import { faceTemplate } from './similarity.ts';
import type { AlignmentPoints } from './similarity.ts';
import { warpAffine } from './warp.ts';

// align_restore.safetensors is a part of the reference's outputs: all matrices, and frame 3 at 256.
const golden = new Map<string, Tensor>();
beforeAll(async () => {
  const bytes = new Uint8Array(readFileSync(goldenUrl('align/align_restore.safetensors')));
  const file = await openCheckpoint(new BytesSource('align_restore.safetensors', bytes));
  for (const name of file.tensors.keys()) golden.set(name, await file.read(name));
});

function goldenFrame(): Image8 {
  const { shape, data } = golden.get('frame')!;
  return createImage8(shape[1], shape[0], 3, Uint8Array.from(data as Uint8Array));
}

function goldenPoints(index: number): AlignmentPoints {
  const [a, b, c, d, e, f] = Array.from(golden.get('landmarks3')!.data.slice(6 * index, 6 * index + 6), Number);
  return [
    [a, b],
    [c, d],
    [e, f],
  ];
}

/** The face that the golden file pastes: hashed values at a sixteenth of the size, enlarged bilinearly. */
function hashedFace(index: number, resolution: number): Float32Array {
  const side = resolution / 16;
  const small = new Float32Array(3 * side * side);
  fillHashed(small, `align.face.${index}`);
  return resizePlanes(small, 3, bilinearTaps(side, resolution), bilinearTaps(side, resolution));
}

describe('the reference’s alignment and restoring', () => {
  it.each([256, 512])('has the same smoothed matrices at %d', (resolution) => {
    const aligner = new FaceAligner(resolution);
    for (let i = 0; i < 5; i++) {
      const { affineMatrix } = aligner.align(goldenFrame(), goldenPoints(i));
      const expected = Array.from(golden.get(`r${resolution}.affine_${i}`)!.data, Number);
      expect(relativeError(affineMatrix, expected)).toBeLessThan(1e-6);
    }
  });

  it('has the same crop and face', () => {
    const matrix = Array.from(golden.get('r256.affine_3')!.data, Number) as unknown as AffineMatrix;
    const crop = warpAffine(goldenFrame(), matrix, 210, 280);
    const cropDifference = byteDifference(crop.data, golden.get('r256.warped_3')!.data as Uint8Array);
    expect(cropDifference.maximum).toBeLessThanOrEqual(1);
    expect(cropDifference.mean).toBeLessThan(0.02);
    const face = new FaceAligner(256).cut(goldenFrame(), matrix);
    const faceDifference = byteDifference(face.data, golden.get('r256.face_3')!.data as Uint8Array);
    expect(faceDifference.maximum).toBeLessThanOrEqual(1);
    expect(faceDifference.mean).toBeLessThan(0.02);
  });

  it('has the same Lanczos resize, bit for bit', () => {
    const resizer = new Lanczos4Resizer(faceTemplate(256), { width: 256, height: 256 });
    const face = resizer.resize(golden.get('r256.warped_3')!.data as Uint8Array);
    expect(byteDifference(face, golden.get('r256.face_3')!.data as Uint8Array).count).toBe(0);
  });

  it('has the same restored frame', () => {
    const frame = goldenFrame();
    const matrix = Array.from(golden.get('r256.affine_3')!.data, Number) as unknown as AffineMatrix;
    new ReferenceCompositor(256).paste(frame, hashedFace(3, 256), matrix);
    const difference = byteDifference(frame.data, golden.get('r256.restored_3')!.data as Uint8Array);
    expect(difference.maximum).toBeLessThanOrEqual(1);
    expect(difference.mean).toBeLessThan(0.001);
    expect(byteDifference(frame.data, goldenFrame().data).count).toBeGreaterThan(90_000);
  });
});

describe('ReferenceCompositor', () => {
  const resolution = 64;
  const template = faceTemplate(resolution);
  const face = hashedFace(1, resolution);
  const placements = [
    { x: 80, y: 70, scale: 0.9, degrees: 12 },
    { x: 15, y: 20, scale: 0.8, degrees: -6 },
    { x: 150, y: 118, scale: 0.5, degrees: 33 },
  ];

  it.each(placements)('keeps every byte outside the soft mask: %o', (placement) => {
    const matrix = cropMatrix(template, placement);
    const before = noiseImage(160, 130, 4);
    const frame = noiseImage(160, 130, 4);
    new ReferenceCompositor(resolution).paste(frame, face, matrix);
    const { soft } = slowSoftMask(matrix, template, frame);
    const changed = { inside: 0, outside: 0 };
    frame.data.forEach((value, i) => {
      const inside = soft[Math.floor(i / 4)] > 0 && i % 4 < 3;
      if (value !== before.data[i]) changed[inside ? 'inside' : 'outside']++;
    });
    expect(changed.outside).toBe(0);
    expect(changed.inside).toBeGreaterThan(1000);
  });

  it.each(placements)('blends coverage, mask, face and frame as the formula says: %o', (placement) => {
    const matrix = cropMatrix(template, placement);
    const frame = noiseImage(160, 130, 3);
    const { soft, covered } = slowSoftMask(matrix, template, frame);
    const white = new Float32Array(face.length).fill(1);
    const expected = Array.from(frame.data, (value, i) => {
      const pixel = Math.floor(i / 3);
      return Math.floor(soft[pixel] * covered[pixel] * 255 + (1 - soft[pixel]) * value + 1e-4);
    });
    new ReferenceCompositor(resolution).paste(frame, white, matrix);
    const difference = byteDifference(frame.data, expected);
    expect(difference.maximum).toBeLessThanOrEqual(1);
    expect(difference.mean).toBeLessThan(0.001);
  });

  it('does to RGBA what it does to RGB', () => {
    const matrix = cropMatrix(template, placements[0]);
    const rgb = noiseImage(160, 130, 3);
    const rgba = createImage8(160, 130, 4);
    for (let i = 0; i < 160 * 130; i++) for (let c = 0; c < 3; c++) rgba.data[4 * i + c] = rgb.data[3 * i + c];
    const compositor = new ReferenceCompositor(resolution);
    compositor.paste(rgb, face, matrix);
    compositor.paste(rgba, face, matrix);
    expect(Array.from(rgba.data).filter((_, i) => i % 4 < 3)).toEqual(Array.from(rgb.data));
  });

  it('refuses a face of another size', () => {
    expect(() => {
      new ReferenceCompositor(64).paste(noiseImage(9, 9, 3), new Float32Array(7), [1, 0, 0, 0, 1, 0]);
    }).toThrow('face must have the shape [3, 64, 64] (got 7 elements)');
  });
});
