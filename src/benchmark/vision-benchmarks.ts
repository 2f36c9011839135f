// Time to cut a face out of a 1080×1920 picture and to put one back, on one thread; and out of one in 4K with 10 bits.
import { fillHashed } from '../tensor/hashed.ts';
import { I420, pictureByteLength, type PictureLayout } from '../tensor/picture.ts';
import { PictureCanvas } from '../vision/face-canvas.ts';
import { FaceDetail } from '../vision/face-detail.ts';
import { ColorAgreement } from '../vision/color-agreement.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
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

/** How cutting out and pasting are benchmarked. */
export interface VisionBenchmarkOptions {
  /** Runs of each; the fastest counts. Default 30. */
  repetitions?: number;
}

const FULL_HD: PictureLayout = {
  format: I420,
  width: 1080,
  height: 1920,
  uprightWidth: 1080,
  uprightHeight: 1920,
  orientation: { rotation: 0, flip: false },
  encoding: { matrix: 'bt709', fullRange: false },
  transfer: 'sdr',
  chromaSite: [0, 0.5],
};
const SIZES = { width: 2160, height: 3840, uprightWidth: 2160, uprightHeight: 3840 };
const FOUR_K_HDR: PictureLayout = {
  ...FULL_HD,
  ...SIZES,
  format: { ...I420, depth: 10 },
  encoding: { matrix: 'bt2020', fullRange: false },
  transfer: 'pq',
};

/** Returns the milliseconds of cutting out and of pasting one face at 512×512, with its color matched and its detail kept. */
export async function benchmarkVision({ repetitions = 30 }: VisionBenchmarkOptions = {}): Promise<Figure[]> {
  const face = new Float32Array(3 * RESOLUTION * RESOLUTION);
  fillHashed(face, 'bench.face');

  const figures: Figure[] = [];
  for (const [suffix, layout, scale, atMost] of [
    ['', FULL_HD, 1, { alignment: 15, compositing: 25 }],
    ['.4k-hdr', FOUR_K_HDR, 2, { alignment: 60, compositing: 100 }],
  ] as const) {
    const picture = new Uint8Array(pictureByteLength(layout.format, layout.width, layout.height));
    for (let i = 0; i < picture.length; i++)
      picture[i] = layout.format.depth > 8 && i % 2 === 1 ? i & 3 : (i * 7) & 255;
    const [left, right, nose] = POINTS.map(([x, y]) => [scale * x, scale * y] as const);
    const affineMatrix = new FaceAligner(RESOLUTION, { direct: true }).next([left, right, nose]);
    const canvas = new PictureCanvas(RESOLUTION, layout);
    const agreement = new ColorAgreement(RESOLUTION, { width: layout.uprightWidth, height: layout.uprightHeight });
    const detail = new FaceDetail(RESOLUTION);
    const source = canvas.cut(picture, affineMatrix);
    const alignment = await fastest(repetitions, () => canvas.cut(picture, affineMatrix));
    const compositing = await fastest(repetitions, () => {
      const detailed = detail.compare(agreement.match(face, source, affineMatrix), source);
      canvas.paste(picture, detailed.face, affineMatrix, { detail: detailed.shares });
    });
    figures.push(
      { name: `vision.alignment${suffix}`, value: alignment, unit: 'ms', bound: { atMost: atMost.alignment } },
      { name: `vision.compositing${suffix}`, value: compositing, unit: 'ms', bound: { atMost: atMost.compositing } },
    );
  }
  return figures;
}
