// Frames with tracked faces and audio tokens → the same frames with the mouths redrawn, in windows, holding one window at a time.
import { throwIfAborted } from '../util/abort.ts';
import { StageClock } from '../util/stage-clock.ts';
import { ColorAgreement } from '../vision/color-agreement.ts';
import { FaceAligner } from '../vision/face-aligner.ts';
import type { FaceCanvas, SeenPart } from '../vision/face-canvas.ts';
import { FaceDetail } from '../vision/face-detail.ts';
import { brightened, darkened, exposureGain } from '../vision/face-exposure.ts';
import type { AffineMatrix } from '../vision/geometry.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import { FaceWindows, type DrawnFace, type FaceWindowsOptions, type WindowFace } from './face-windows.ts';

/** A frame of the output before its mouth is redrawn. */
export interface StreamFrame {
  /** The bytes of its picture, as the canvas takes them; changed in place. */
  pixels: Uint8Array | Uint8ClampedArray;
  /** Where the face is; undefined: the frame passes unchanged. */
  points: AlignmentPoints | undefined;
  /** How much of what is drawn is seen, above 0 and up to 1. Default 1. */
  opacity?: number;
  /** Whether the picture does not continue from the previous frame: a cut, or another face. */
  startsTrack: boolean;
  /** The audio tokens of the frame, [tokens, D] flat. */
  audio: Float32Array;
  /** Position in the video; default 0. */
  sourceIndex?: number;
}

/** How {@link lipsyncFrames} works. */
export interface LipsyncStreamOptions extends FaceWindowsOptions {
  /** Cuts faces out of the pictures, and pastes them. */
  canvas: FaceCanvas;
  /** Smooths as the reference does. */
  reference: boolean;
  /** Gives drawn faces the color and light of their frames, whose size this is, upright. Default: colors stay as drawn. */
  colorMatch?: { width: number; height: number };
  /** Gives drawn faces the fine structure of their frames. Default false. */
  detail?: boolean;
  /** Points of the frames before the first one that belong to its track, for the smoothing. Default: none. */
  pointsBefore?: Iterable<AlignmentPoints>;
}

/** The face of a frame on its way through its window. */
interface FrameFace<T> extends WindowFace {
  frame: T;
  affineMatrix: AffineMatrix;
  /** By how much the face was brightened. */
  gain: number;
  seen: SeenPart;
}

/** Redraws the mouths of frames and yields them in order. */
export async function* lipsyncFrames<T extends StreamFrame>(
  frames: AsyncIterable<T>,
  options: LipsyncStreamOptions,
): AsyncGenerator<T> {
  const { resolution, canvas, reference, colorMatch, detail = false, clock = new StageClock() } = options;
  const aligner = new FaceAligner(resolution, { direct: !reference });
  const agreement = colorMatch && new ColorAgreement(resolution, colorMatch);
  const faceDetail = detail ? new FaceDetail(resolution) : undefined;
  const windows = new FaceWindows<FrameFace<T>>(options);
  for (const points of options.pointsBefore ?? []) aligner.next(points);
  const paste = ({ item: { frame, face, gain, affineMatrix, seen }, drawn }: DrawnFace<FrameFace<T>>): T => {
    clock.timeSync('composite', () => {
      const matched = agreement?.match(drawn, face, affineMatrix, seen.box) ?? drawn;
      const detailed = faceDetail?.compare(matched, face);
      const finished = darkened(detailed?.face ?? matched, gain);
      const { opacity } = frame;
      canvas.paste(frame.pixels, finished, affineMatrix, { opacity, detail: detailed?.shares, area: seen.area });
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
    const affineMatrix = aligner.next(points);
    const cut = clock.timeSync('align', () => {
      const seen = canvas.seenPart(frame.pixels);
      const face = canvas.cut(frame.pixels, affineMatrix, seen.area);
      const gain = reference ? 1 : exposureGain(face);
      return { face: brightened(face, gain), gain, seen };
    });
    yield* (await windows.push({ ...cut, frame, affineMatrix, audio, sourceIndex })).map(paste);
  }
  yield* (await windows.flush()).map(paste);
}
