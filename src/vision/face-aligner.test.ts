import { describe, expect, it } from 'vitest';
import { byteDifference, smoothImage } from '../../test/support/vision-images.ts';
import { FaceAligner } from './face-aligner.ts';
import { transformPoint } from './geometry.ts';
import { faceTemplate } from './similarity.ts';
import type { AlignmentPoints } from './similarity.ts';

const points: AlignmentPoints = [
  [70, 60],
  [130, 66],
  [97, 92],
];

describe('FaceAligner', () => {
  it('brings the eyebrows level and to their place in the template', () => {
    const { face, affineMatrix } = new FaceAligner(128).align(smoothImage(200, 160, 4), points);
    expect([face.width, face.height, face.channels]).toEqual([128, 128, 3]);
    const { points: template } = faceTemplate(128);
    const middle = (a: readonly [number, number], b: readonly [number, number]): number => (a[0] + b[0]) / 2;
    const [left, right] = [transformPoint(affineMatrix, points[0]), transformPoint(affineMatrix, points[1])];
    expect(Math.abs(left[1] - right[1])).toBeLessThan(2);
    expect(Math.abs(middle(left, right) - middle(template[0], template[1]))).toBeLessThan(2);
  });

  it('takes the same face from RGB and RGBA, and again by its matrix', () => {
    const aligner = new FaceAligner(64);
    const rgba = smoothImage(200, 160, 4);
    const { face, affineMatrix } = aligner.align(rgba, points);
    expect(aligner.cut(rgba, affineMatrix).data).toEqual(face.data);
    const opaque = smoothImage(200, 160, 3);
    for (let i = 0; i < 200 * 160; i++) opaque.data.set(rgba.data.subarray(4 * i, 4 * i + 3), 3 * i);
    expect(aligner.cut(opaque, affineMatrix).data).toEqual(face.data);
  });

  it('cuts the same face directly as by way of the crop', () => {
    const frame = smoothImage(400, 400, 4);
    const inside: AlignmentPoints = [
      [170, 160],
      [230, 166],
      [197, 192],
    ];
    const { face } = new FaceAligner(128).align(frame, inside);
    const { face: direct } = new FaceAligner(128, { direct: true }).align(frame, inside);
    const difference = byteDifference(direct.data, face.data);
    expect(difference.maximum).toBeLessThanOrEqual(3);
    expect(difference.mean).toBeLessThan(0.7);
  });

  it('fills what lies beyond the frame', () => {
    const aligner = new FaceAligner(64, { fill: 5 });
    const { data } = aligner.align(smoothImage(20, 20, 4), [
      [-300, -300],
      [-200, -300],
      [-250, -250],
    ]).face;
    expect(new Set(data)).toEqual(new Set([5]));
  });

  it('depends on earlier frames only until it is reset', () => {
    const frame = smoothImage(200, 160, 4);
    const aligner = new FaceAligner(64);
    const { affineMatrix: fresh } = aligner.align(frame, points);
    aligner.align(frame, [points[1], points[2], points[0]]);
    expect(aligner.align(frame, points).affineMatrix).not.toEqual(fresh);
    aligner.reset();
    expect(aligner.align(frame, points).affineMatrix).toEqual(fresh);
  });

  it.each([0, -8, 100.5, 65])('refuses the resolution %d', (resolution) => {
    expect(() => new FaceAligner(resolution)).toThrow(
      `resolution must be a positive multiple of 8 (got ${resolution})`,
    );
  });
});
