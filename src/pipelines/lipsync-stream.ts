// Frames with tracked faces and audio tokens → the same frames with the mouths redrawn, in windows, holding one window at a time.
import { throwIfAborted } from '../util/abort.ts';
import { StageClock } from '../util/stage-clock.ts';
import { Compositor, type FaceCompositor } from '../vision/compositing.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
import type { AffineMatrix } from '../vision/geometry.ts';
import type { Image8 } from '../tensor/image.ts';
import { ReferenceCompositor } from '../vision/reference-compositor.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import { FaceWindows, type DrawnFace, type FaceWindowsOptions, type WindowFace } from './face-windows.ts';

/** A frame of the output before its mouth is redrawn. */
export interface StreamFrame {
  /** RGBA; changed in place. */
  image: Image8;
  /** Where the face is; undefined: the frame passes unchanged. */
  points: AlignmentPoints | undefined;
  /** Whether the picture does not continue from the previous frame: a cut, or another face. */
  startsTrack: boolean;
  /** The audio tokens of the frame, [tokens, D] flat. */
  audio: Float32Array;
  /** Position in the video; default 0. */
  sourceIndex?: number;
}

/** How {@link lipsyncFrames} works. */
export interface LipsyncStreamOptions extends FaceWindowsOptions {
  /** Pastes and smooths as the reference does. */
  reference: boolean;
  /** Points of the frames before the first one that belong to its track, for the smoothing. Default: none. */
  pointsBefore?: Iterable<AlignmentPoints>;
}

/** The face of a frame on its way through its window. */
interface FrameFace<T> extends WindowFace {
  frame: T;
  affineMatrix: AffineMatrix;
}

/** Redraws the mouths of frames and yields them in order. */
export async function* lipsyncFrames<T extends StreamFrame>(
  frames: AsyncIterable<T>,
  options: LipsyncStreamOptions,
): AsyncGenerator<T> {
  const { resolution, reference, clock = new StageClock() } = options;
  const aligner = new FaceAligner(resolution, { direct: !reference });
  const compositor: FaceCompositor = reference ? new ReferenceCompositor(resolution) : new Compositor(resolution);
  const windows = new FaceWindows<FrameFace<T>>(options);
  for (const points of options.pointsBefore ?? []) aligner.skip(points);
  const paste = ({ item: { frame, affineMatrix }, drawn }: DrawnFace<FrameFace<T>>): T => {
    clock.timeSync('composite', () => {
      compositor.paste(frame.image, drawn, affineMatrix);
    });
    return frame;
  };

  for await (const frame of frames) {
    throwIfAborted(options.signal);
    if (!frame.points || (frame.startsTrack && !reference)) yield* (await windows.flush()).map(paste);
    if (!frame.points) {
      yield frame;
      continue;
    }
    if (frame.startsTrack && !reference) aligner.reset();
    const { points, audio, sourceIndex } = frame;
    const { face, affineMatrix } = clock.timeSync('align', () => aligner.align(frame.image, points));
    yield* (await windows.push({ frame, face, affineMatrix, audio, sourceIndex })).map(paste);
  }
  yield* (await windows.flush()).map(paste);
}
