// Timings of alignment and compositing on a synthetic full-size frame, one thread.
import { Compositor } from './compositing.ts';
import type { FaceCompositor } from './compositing.ts';
import { FaceAligner } from './face-aligner.ts';
import type { Point } from './geometry.ts';
import { createImage8, toPixelValues } from './image.ts';
import type { Image8 } from './image.ts';
import { ReferenceCompositor } from './reference-compositor.ts';
import { faceTemplate } from './similarity.ts';
import type { AlignmentPoints } from './similarity.ts';

/** What to time. */
export interface VisionBenchmarkOptions {
  /** Side of the face in pixels; default 512. */
  resolution?: number;
  /** Frame size in pixels; default 1080 × 1920. */
  frameWidth?: number;
  frameHeight?: number;
  /** Height in pixels of the face's crop in the frame; default 600. */
  faceHeight?: number;
  /** Timed runs, after as many untimed ones; default 40. */
  runs?: number;
}

/** Median milliseconds for one frame. */
export interface VisionBenchmark {
  /** Cutting the face out directly, the default mode's way. */
  alignment: number;
  /** Warp and Lanczos resize, as the reference does. */
  referenceAlignment: number;
  /** Pasting the regenerated region, the default. */
  compositing: number;
  /** Pasting as the reference does. */
  referenceCompositing: number;
}

/** Times alignment and compositing of a face tilted by 5° in an RGBA frame. */
export function benchmarkVision(options: VisionBenchmarkOptions = {}): VisionBenchmark {
  const { resolution = 512, frameWidth = 1080, frameHeight = 1920, faceHeight = 600, runs = 40 } = options;
  const frame = syntheticFrame(frameWidth, frameHeight);
  const aligner = new FaceAligner(resolution, { direct: true });
  const referenceAligner = new FaceAligner(resolution);
  const { face, affineMatrix } = aligner.align(frame, tiltedFace(resolution, frame, faceHeight));
  const pixelValues = toPixelValues(face);
  const paste = (compositor: FaceCompositor): number =>
    medianMilliseconds(runs, () => {
      compositor.paste(frame, pixelValues, affineMatrix);
    });
  return {
    alignment: medianMilliseconds(runs, () => aligner.cut(frame, affineMatrix)),
    referenceAlignment: medianMilliseconds(runs, () => referenceAligner.cut(frame, affineMatrix)),
    compositing: paste(new Compositor(resolution)),
    referenceCompositing: paste(new ReferenceCompositor(resolution)),
  };
}

/** Returns the median time of a function, which is first run as often untimed, until it is compiled. */
function medianMilliseconds(runs: number, work: () => unknown): number {
  const times: number[] = [];
  for (let i = 0; i < 2 * runs; i++) {
    const start = performance.now();
    work();
    if (i >= runs) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

/** Smooth waves of light and colour. */
function syntheticFrame(width: number, height: number): Image8 {
  const frame = createImage8(width, height, 4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      frame.data[i] = 128 + 100 * Math.sin(x / 17) * Math.sin(y / 23);
      frame.data[i + 1] = 128 + 100 * Math.sin(x / 29 + y / 31);
      frame.data[i + 2] = 128 + 100 * Math.cos(x / 11) * Math.cos(y / 13);
      frame.data[i + 3] = 255;
    }
  }
  return frame;
}

/** Places the template, tilted, in the middle of the frame. */
function tiltedFace(resolution: number, frame: Image8, faceHeight: number): AlignmentPoints {
  const { points, width, height } = faceTemplate(resolution);
  const scale = faceHeight / height;
  const [cos, sin] = [scale * Math.cos(Math.PI / 36), scale * Math.sin(Math.PI / 36)];
  const place = ([x, y]: Point): Point => [
    frame.width / 2 + cos * (x - width / 2) - sin * (y - height / 2),
    frame.height / 2 + sin * (x - width / 2) + cos * (y - height / 2),
  ];
  return [place(points[0]), place(points[1]), place(points[2])];
}
