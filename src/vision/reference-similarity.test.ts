import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import type { Point } from './geometry.ts';
import { estimateReferenceSimilarity } from './reference-similarity.ts';
import { AffineSmoother, estimateSimilarity, faceTemplate } from './similarity.ts';
import type { AlignmentPoints } from './similarity.ts';

const golden = fileURLToPath(new URL('../../test/fixtures/golden/align/align_restore.safetensors', import.meta.url));

/** Three points turned, scaled and moved. */
function placed(points: AlignmentPoints, degrees: number, scale: number): AlignmentPoints {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const place = ([x, y]: Point): Point => [scale * (cos * x - sin * y) + 300, scale * (sin * x + cos * y) + 200];
  return [place(points[0]), place(points[1]), place(points[2])];
}

describe('estimateReferenceSimilarity', () => {
  it("equals the reference's matrices in every bit, smoothed over frames", async () => {
    await using file = await openCheckpointFile(golden);
    const landmarks = Array.from((await file.read('landmarks3')).data, Number);
    for (const resolution of [256, 512]) {
      const options = { estimate: estimateReferenceSimilarity, round: Math.fround };
      const smoother = new AffineSmoother(faceTemplate(resolution).points, options);
      for (let frame = 0; frame < landmarks.length / 6; frame++) {
        const [x0, y0, x1, y1, x2, y2] = landmarks.slice(6 * frame);
        const expected = Array.from((await file.read(`r${resolution}.affine_${frame}`)).data, Number);
        expect(
          smoother.next([
            [x0, y0],
            [x1, y1],
            [x2, y2],
          ]),
        ).toEqual(expected);
      }
    }
  });

  const { points: target } = faceTemplate(256);
  const face: AlignmentPoints = [
    [1, 0],
    [39, 3],
    [22, 27],
  ];
  const mirrored: AlignmentPoints = [face[1], face[0], face[2]];
  const upright: AlignmentPoints = [
    [5, 0],
    [5, 10],
    [5, 30],
  ];
  it.each([
    ['a face', face],
    ['a mirrored face', mirrored],
    ['points on one line', upright],
    ['the template itself', target],
  ])('is the exact estimate up to single precision, for %s at any angle', (_, points) => {
    for (let degrees = 0; degrees < 360; degrees += 15) {
      const source = placed(points, degrees, 1.7);
      const exact = estimateSimilarity(source, target);
      const single = estimateReferenceSimilarity(source, target);
      single.affineMatrix.forEach((value, i) => {
        expect(value).toBe(Math.fround(value));
        expect(Math.abs(value - exact.affineMatrix[i])).toBeLessThan(i % 3 === 2 ? 2e-3 : 5e-6);
      });
      single.noseBias.forEach((value, i) => {
        expect(value).toBeCloseTo(exact.noseBias[i], 5);
      });
    }
  });

  it('refuses points that coincide or are not finite', () => {
    const failure = expect.objectContaining({ code: 'input-invalid' }) as Error;
    expect(() =>
      estimateReferenceSimilarity(
        [
          [3, 3],
          [3, 3],
          [3, 3],
        ],
        target,
      ),
    ).toThrow(failure);
    expect(() =>
      estimateReferenceSimilarity(
        [
          [3, 3],
          [NaN, 3],
          [3, 5],
        ],
        target,
      ),
    ).toThrow(failure);
  });
});
