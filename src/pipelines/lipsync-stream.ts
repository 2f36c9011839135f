// Frames with tracked faces and audio tokens → the same frames with the mouths redrawn, in windows, holding one window at a time.
import { Tensor } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { Compositor, type FaceCompositor } from '../vision/compositing.ts';
import { FaceAligner, type AlignedFace } from '../vision/face-aligner.ts';
import { toPixelValues, type Image8 } from '../vision/image.ts';
import { ReferenceCompositor } from '../vision/reference-compositor.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import type { WindowGenerator } from './window-generator.ts';

/** A frame of the output before its mouth is redrawn. */
export interface StreamFrame {
  /** RGBA; changed in place. */
  image: Image8;
  /** Where the face is; undefined: the frame passes as it is. */
  points: AlignmentPoints | undefined;
  /** Whether the picture does not go on from the frame before: a cut, or another face. */
  startsTrack: boolean;
  /** The audio tokens of the frame, [tokens, D] flat. */
  audio: Float32Array;
}

/** How {@link lipsyncFrames} works. */
export interface LipsyncStreamOptions {
  generator: WindowGenerator;
  /** R: side of the faces that the networks take. */
  resolution: number;
  /** Frames that are denoised together. */
  windowFrames: number;
  /** Frames that a window shares with the one before, mixed from one into the other. */
  overlapFrames: number;
  /** [tokens, D] of a frame's audio. */
  audioShape: readonly [tokens: number, channels: number];
  /** The start of every window's denoising, [1, 4, 1, h, w]. */
  noise: Tensor<'float32'>;
  /** Draws [F, 4, h, w] numbers for a sample of the posterior; left out: its mean is taken. */
  posteriorNoise?: ((shape: readonly number[]) => Tensor<'float32'>) | undefined;
  /** Pastes and smooths as the reference does. */
  reference: boolean;
  signal?: AbortSignal | undefined;
  /** Called after every denoising step. */
  onStep?: (() => void) | undefined;
}

/** A frame that waits for its window. */
interface Waiting<T> {
  item: T;
  aligned: AlignedFace;
  /** The face as the window before drew it, [3, R, R]. */
  drawn: Float32Array | undefined;
}

/** Redraws the mouths of frames and yields them in order. */
export async function* lipsyncFrames<T extends StreamFrame>(
  frames: AsyncIterable<T>,
  options: LipsyncStreamOptions,
): AsyncGenerator<T> {
  const { resolution, windowFrames, overlapFrames, reference } = options;
  const aligner = new FaceAligner(resolution, { direct: !reference });
  const compositor: FaceCompositor = reference ? new ReferenceCompositor(resolution) : new Compositor(resolution);
  let waiting: Waiting<T>[] = [];

  const paste = ({ item, aligned, drawn }: Waiting<T>): T => {
    if (drawn) compositor.paste(item.image, drawn, aligned.affineMatrix);
    return item;
  };
  /** Draws the waiting frames; those to be shared with the next window go on waiting. */
  const drawWindow = async (shared: number): Promise<T[]> => {
    if (waiting.some(({ drawn }) => drawn === undefined)) await drawFaces(waiting, options);
    const finished = waiting.slice(0, waiting.length - shared).map(paste);
    waiting = waiting.slice(waiting.length - shared);
    return finished;
  };

  for await (const item of frames) {
    throwIfAborted(options.signal);
    if (waiting.length > 0 && (!item.points || (item.startsTrack && !reference))) yield* await drawWindow(0);
    if (!item.points) {
      yield item;
      continue;
    }
    if (item.startsTrack && !reference) aligner.reset();
    waiting.push({ item, aligned: aligner.align(item.image, item.points), drawn: undefined });
    if (waiting.length === windowFrames) yield* await drawWindow(overlapFrames);
  }
  if (waiting.length > 0) yield* await drawWindow(0);
}

/** Redraws a window; frames that the window before drew already turn into the new drawing from first to last. */
async function drawFaces<T extends StreamFrame>(
  window: readonly Waiting<T>[],
  { generator, resolution, audioShape, noise, posteriorNoise, signal, onStep }: LipsyncStreamOptions,
): Promise<void> {
  const count = window.length;
  const size = 3 * resolution * resolution;
  const pixelValues = Tensor.float32([count, 3, resolution, resolution]);
  const audio = Tensor.float32([count, ...audioShape]);
  for (const [index, { item, aligned }] of window.entries()) {
    pixelValues.data.set(toPixelValues(aligned.face), index * size);
    audio.data.set(item.audio, index * audioShape[0] * audioShape[1]);
  }
  const latentShape = [count, noise.shape[1], ...noise.shape.slice(3)];
  const { pixelValues: drawn } = await generator.generate(
    {
      pixelValues,
      audio,
      noise,
      ...(posteriorNoise && { maskedNoise: posteriorNoise(latentShape), refNoise: posteriorNoise(latentShape) }),
    },
    { signal, onStep },
  );
  const shared = window.filter((waiting) => waiting.drawn).length;
  for (const [index, waiting] of window.entries()) {
    const face = drawn.data.slice(index * size, (index + 1) * size);
    if (waiting.drawn) {
      const weight = (index + 1) / (shared + 1);
      for (let i = 0; i < size; i++) face[i] = weight * face[i] + (1 - weight) * waiting.drawn[i];
    }
    waiting.drawn = face;
  }
}
