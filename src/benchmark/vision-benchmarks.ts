// Time to cut a face out of a 1080×1920 frame and to put one back, on one thread.
import { fillHashed } from '../tensor/hashed.ts';
import { Compositor } from '../vision/compositing.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
import { createImage8 } from '../tensor/image.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import type { Figure } from '../util/figure.ts';
import { fastest } from './fastest.ts';

const RESOLUTION = 512;

/** A face about 560 pixels wide, slightly turned. */
const POINTS: AlignmentPoints = [
  [430.3, 700.8],
  [645.9, 712.4],
  [533.1, 825.6],
];

const REPETITIONS = 30;

/** Returns the milliseconds of aligning and of compositing one face at 512×512. */
export async function benchmarkVision(): Promise<Figure[]> {
  const frame = createImage8(1080, 1920, 4);
  for (let i = 0; i < frame.data.length; i++) frame.data[i] = (i * 7 + (i >> 9)) & 255;
  const face = new Float32Array(3 * RESOLUTION * RESOLUTION);
  fillHashed(face, 'bench.face');

  const aligner = new FaceAligner(RESOLUTION, { direct: true });
  const compositor = new Compositor(RESOLUTION);
  const { affineMatrix } = aligner.align(frame, POINTS);
  const alignment = await fastest(REPETITIONS, () => aligner.align(frame, POINTS));
  const compositing = await fastest(REPETITIONS, () => {
    compositor.paste(frame, face, affineMatrix);
  });
  return [
    { name: 'vision.alignment', value: alignment, unit: 'ms', bound: { atMost: 15 } },
    { name: 'vision.compositing', value: compositing, unit: 'ms', bound: { atMost: 25 } },
  ];
}
