// Kind "align_restore": faces cut out of a frame by landmarks and put back, at every resolution in the file.
import { Tensor } from '../../tensor/tensor.ts';
import { FaceAligner, type AlignedFace } from '../../vision/face-aligner.ts';
import { createImage8, type Image8 } from '../../tensor/image.ts';
import { ReferenceCompositor } from '../../vision/reference-compositor.ts';
import { bilinearTaps } from '../../vision/resize-taps.ts';
import { resizePlanes } from '../../vision/resize.ts';
import { faceTemplate, type AlignmentPoints } from '../../vision/similarity.ts';
import type { AffineMatrix } from '../../vision/geometry.ts';
import { Lanczos4Resizer } from '../../vision/lanczos.ts';
import { referenceWarpAffine } from '../../vision/reference-warp.ts';
import { compareClosely, compareExactly, compareImage, PASS_TOLERANCE, type Result } from '../comparison.ts';
import type { GoldenFile } from '../golden-file.ts';
import type { Kind } from '../kind.ts';
import { partsOf } from './tensor-names.ts';

/** How many times smaller the given faces are than the resolution, in files that do not specify it. */
const FACE_SHRINKAGE = 16;

/** The share of a warped picture's values that may differ at all when the matrix is the file's own. */
const WARP_DIFFERENCES = 1e-4;

/**
 * `r<R>.affine_<i>` [2, 3], `r<R>.warped_<i>`, `r<R>.face_<i>`, `r<R>.restored_<i>`, where i counts the landmarks. Each is
 * reproduced from the landmarks; the warp also from the file's matrix, and the face from the file's warped picture, where
 * no difference of an earlier step is left to excuse one.
 */
export const alignRestore: Kind = async function* (golden) {
  const frame = imageOf(await golden.tensor('frame'));
  const landmarks = pointsOf(await golden.tensor('landmarks3'));
  const fill = golden.number('fill');
  const aligned = new Map<number, AlignedFace[]>();
  for (const name of golden.names) {
    const [side, what, number] = partsOf(/^r(\d+)\.(affine|warped|face|restored)_(\d+)$/, name);
    if (number === undefined || Number(number) >= landmarks.length) continue;
    const resolution = Number(side);
    if (!aligned.has(resolution)) {
      const aligner = new FaceAligner(resolution, { fill }); // each matrix depends on those before
      aligned.set(
        resolution,
        landmarks.map((points) => aligner.align(frame, points)),
      );
    }
    const { face, affineMatrix } = aligned.get(resolution)![Number(number)];
    if (what === 'affine') {
      const matrix = Tensor.float32([2, 3], Float32Array.from(affineMatrix));
      yield await compareClosely(golden, name, matrix, PASS_TOLERANCE);
    } else if (what === 'warped') {
      const { width, height } = faceTemplate(resolution);
      const warped = (matrix: AffineMatrix): Result =>
        resultOf(referenceWarpAffine(frame, matrix, width, height, { fill }));
      yield await compareImage(golden, name, warped(affineMatrix));
      const from = `r${side}.affine_${number}`;
      if (golden.shapeOf(from)) {
        const [a, b, tx, c, d, ty] = (await golden.float32(from)).data;
        yield await compareExactly(golden, name, warped([a, b, tx, c, d, ty]), { from, share: WARP_DIFFERENCES });
      }
    } else if (what === 'face') {
      yield await compareImage(golden, name, resultOf(face));
      const from = `r${side}.warped_${number}`;
      if (golden.shapeOf(from))
        yield await compareExactly(golden, name, resizedFace(await golden.tensor(from), resolution), { from });
    } else {
      const restored = createImage8(frame.width, frame.height, 3, Uint8Array.from(frame.data));
      new ReferenceCompositor(resolution, { fill }).paste(
        restored,
        givenFace(golden, Number(number), resolution),
        affineMatrix,
      );
      yield await compareImage(golden, name, resultOf(restored));
    }
  }
};

/** [H, W, 3] */
function imageOf({ shape: [height, width], data }: Tensor): Image8 {
  return createImage8(width, height, 3, Uint8Array.from(data, Number));
}

function resultOf({ height, width, data }: Image8): Result {
  return { shape: [height, width, 3], data };
}

/** [H, W, 3] → [R, R, 3] */
function resizedFace({ shape: [height, width], data }: Tensor, resolution: number): Result {
  const resizer = new Lanczos4Resizer({ width, height }, { width: resolution, height: resolution });
  return { shape: [resolution, resolution, 3], data: resizer.resize(Uint8Array.from(data, Number)) };
}

/** [N, 3, 2] → the three points of each face */
function pointsOf({ shape: [count], data }: Tensor): AlignmentPoints[] {
  const at = (face: number, point: number): readonly [number, number] => [
    Number(data[face * 6 + point * 2]),
    Number(data[face * 6 + point * 2 + 1]),
  ];
  return Array.from({ length: count }, (_, face) => [at(face, 0), at(face, 1), at(face, 2)]);
}

/** Returns the face that is pasted back: a small made-up one, bilinearly enlarged to [3, R, R]. */
function givenFace(golden: GoldenFile, index: number, resolution: number): Float32Array {
  const [divisor = FACE_SHRINKAGE] = partsOf(/\[3, *R\/(\d+), *R\/\d+\]/, golden.text('face'));
  const side = Math.floor(resolution / Number(divisor));
  const small = golden.hashed(`align.face.${index}`, [3, side, side]);
  const taps = bilinearTaps(side, resolution);
  return resizePlanes(small.data, 3, taps, taps);
}
