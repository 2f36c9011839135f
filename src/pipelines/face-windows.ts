// FaceWindows: aligned faces [R,R,3] with audio tokens, in order → the same with their mouths redrawn, in overlapping windows.
import { elementCount, Tensor } from '../tensor/tensor.ts';
import { TorchGenerator } from '../util/random.ts';
import { StageClock } from '../util/stage-clock.ts';
import { toPixelValues } from '../tensor/image.ts';
import type { HeardRow } from './judge.ts';
import type { KeptLatents, VideoFace } from './kept-latents.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import type { PosteriorNoise, WindowGenerator, WindowInputs } from './window-generator.ts';

/** Frames that one window shares with the next, blended so that no seam shows. */
const OVERLAP_FRAMES = 4;

/** A face whose mouth is to be redrawn. */
export interface WindowFace extends VideoFace {
  /** Audio tokens of its frame, [tokens, D] flat. */
  audio: Float32Array;
  /** What it hears; undefined: nothing. */
  heard?: HeardRow;
}

/** A face and the result of redrawing it. */
export interface DrawnFace<T extends WindowFace> {
  item: T;
  /** [3, R, R] in −1…1. */
  drawn: Float32Array;
}

/** Progress of the window being drawn. */
export interface WindowProgress {
  /** Denoising steps done, and in total. */
  step: number;
  steps: number;
  /** Faces that will be finished with this window. */
  faces: number;
}

/** Where the latents of new faces come from; those that are shared with the window before are there already. */
export interface EncodedFaces {
  /** Faces that were encoded. */
  encoded: number;
  /** Faces whose latents were kept, from earlier frames or from another job. */
  kept: number;
}

/** Keeps drawn windows, for a job that goes on with them. */
export interface WindowStore {
  /** Returns the faces of a window, each [3, R, R] in −1…1; undefined if they are not there. */
  read(window: number): Promise<Float32Array[] | undefined>;
  /** Keeps the faces of a window. */
  write(window: number, faces: readonly Float32Array[]): Promise<void>;
}

/** Windows that are drawn already. */
export interface WindowsStart {
  /** How many frames each of them has, from the first one on. */
  framesBefore: readonly number[];
  /** The first faces of the next window, as the last of them drew them. */
  shared: readonly Float32Array[];
}

/** How {@link FaceWindows} draws. */
export interface FaceWindowsOptions {
  generator: Pick<WindowGenerator, 'encode' | 'generate'>;
  /** R: side of the faces that the networks take. */
  resolution: number;
  /** Frames that are denoised together. */
  windowFrames: number;
  /** Frames that a window shares with the previous one, blended. */
  overlapFrames: number;
  /** [tokens, D] of a frame's audio. */
  audioShape: readonly [tokens: number, channels: number];
  /** The start of every window's denoising, [1, 4, 1, h, w]. */
  noise: Tensor<'float32'>;
  /** Draws [F, 4, h, w] numbers for a sample of the posterior; if omitted, its mean is used. */
  posteriorNoise?: (shape: readonly number[]) => Tensor<'float32'>;
  /** Rounds drawn faces to 256 levels, as a store keeps them. Default false. */
  quantize?: boolean;
  /** Where drawn windows are kept, and taken from instead of being drawn. Default: nowhere. */
  store?: WindowStore;
  /** Where drawing goes on. Default: at the first window. */
  start?: WindowsStart;
  /** Asked for the latents of faces before they are encoded. Default: all faces are. Samples of posteriors are not kept. */
  latents?: KeptLatents;
  /** Called for every window that is drawn. */
  onEncoded?: (faces: EncodedFaces) => void;
  signal?: AbortSignal;
  /** Counts the times of the parts of a window. */
  clock?: StageClock;
  /** Called after every denoising step. */
  onStep?: (progress: WindowProgress) => void;
}

/** How windows divide frames. */
export type WindowSizes = Pick<FaceWindowsOptions, 'windowFrames' | 'overlapFrames'>;

/** Returns the sizes of a model's windows. In reference mode they do not overlap. */
export function windowSizes(
  { defaults: { numFrames } }: Pick<LipsyncModel, 'defaults'>,
  reference: boolean,
): WindowSizes {
  return { windowFrames: numFrames, overlapFrames: reference ? 0 : Math.min(OVERLAP_FRAMES, numFrames >> 1) };
}

/** Returns how many windows a number of successive frames is drawn in. */
export function windowCount(frames: number, { windowFrames, overlapFrames }: WindowSizes): number {
  return 1 + Math.max(0, Math.ceil((frames - windowFrames) / (windowFrames - overlapFrames)));
}

/** Returns how a model draws windows: sizes from the model, noise from the seed. In reference mode windows do not overlap. */
export function faceWindowsOptions(
  model: LipsyncModel,
  generator: FaceWindowsOptions['generator'],
  { seed, reference }: { seed: number; reference: boolean },
): FaceWindowsOptions {
  const randn = noiseOf(seed);
  return {
    generator,
    resolution: model.defaults.resolution,
    ...windowSizes(model, reference),
    audioShape: model.audioShape,
    noise: randn(model.noiseShape),
    posteriorNoise: reference ? randn : undefined,
    quantize: !reference,
  };
}

/** Returns what draws the noise of a seed, tensor by tensor; the first one is the start of the denoising. */
export function noiseOf(seed: number): (shape: readonly number[]) => Tensor<'float32'> {
  const random = new TorchGenerator(seed);
  return (shape) => Tensor.float32(shape, random.randn(elementCount(shape)));
}

/** A face waiting for its window. */
interface Waiting<T> {
  item: T;
  /** Whether an earlier window has it as well. */
  isShared: boolean;
  /** As the windows that have been drawn show it. */
  drawn: Float32Array | undefined;
  /** Its latents, [1, 8, h, w], if an earlier window needed them. */
  latents?: Tensor<'float32'>;
}

/** Draws a window, and returns the faces that are finished with it, in order. Windows are drawn one after another, in their order. */
export type DrawWindow<T extends WindowFace> = () => Promise<DrawnFace<T>[]>;

/**
 * Collects faces as they come into windows, each of which can be drawn while the next one is collected and encoded.
 *
 * @example
 * await using windows = new FaceWindows(faceWindowsOptions(model, generator, { seed: 1247, reference: false }));
 * for (const item of faces) show(await (await windows.push(item))?.());
 * show(await (await windows.flush())?.());
 */
export class FaceWindows<T extends WindowFace> implements AsyncDisposable {
  readonly #options: FaceWindowsOptions;
  #waiting: Waiting<T>[] = [];
  #window: number;
  readonly #shared: Float32Array[];
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: FaceWindowsOptions) {
    this.#options = options;
    const { framesBefore = [], shared = [] } = options.start ?? {};
    this.#window = framesBefore.length;
    this.#shared = [...shared];
    for (const frames of framesBefore) this.#posteriorNoise(frames); // the next one gets the numbers that it always gets
  }

  /** Takes the next face; returns what draws the window that it completes. */
  async push(item: T): Promise<DrawWindow<T> | undefined> {
    const { windowFrames, overlapFrames } = this.#options;
    const drawn = this.#shared.shift();
    this.#waiting.push({ item, isShared: drawn !== undefined, drawn });
    return this.#waiting.length === windowFrames ? this.#end(overlapFrames) : undefined;
  }

  /** Ends the window of the faces that wait, if any; returns what draws it. The next one shares nothing with it. */
  async flush(): Promise<DrawWindow<T> | undefined> {
    return this.#waiting.length > 0 ? this.#end(0) : undefined;
  }

  /** Ends a window; faces that are shared with the next one keep waiting. */
  async #end(shared: number): Promise<DrawWindow<T>> {
    const window = this.#waiting;
    const finished = window.slice(0, window.length - shared);
    this.#waiting = window.slice(finished.length);
    const sharedBefore = window.filter(({ isShared }) => isShared).length;
    for (const waiting of this.#waiting) waiting.isShared = true;
    const draw = sharedBefore < window.length ? await this.#encode(window, sharedBefore, finished.length) : undefined;
    return async () => {
      await draw?.();
      return finished.map(({ item, drawn }) => ({ item, drawn: drawn! }));
    };
  }

  /** Draws the numbers for a window of so many frames. */
  #posteriorNoise(frames: number): PosteriorNoise | undefined {
    const { noise, posteriorNoise } = this.#options;
    const shape = [frames, noise.shape[1], ...noise.shape.slice(3)];
    return posteriorNoise && { masked: posteriorNoise(shape), ref: posteriorNoise(shape) };
  }

  /** Returns the latents of a window, [F, 8, h, w]; those that it shares with the previous one are there already. */
  async #faceLatents(window: readonly Waiting<T>[], pixelValues: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    const { generator, latents: kept, signal, onEncoded } = this.#options;
    const first = window.findIndex(({ latents }) => latents === undefined);
    if (first >= 0) {
      const faces = window.slice(first);
      let encoded = 0;
      const encode = (missing: readonly number[]): Promise<Tensor<'float32'>> => {
        encoded = missing.length;
        const images = missing.map((index) => pixelValues.slice(0, first + index, first + index + 1));
        return generator.encode(Tensor.concat(images, 0), { signal });
      };
      const items = faces.map(({ item }) => item);
      const found = kept ? await kept.latentsOf(items, encode) : split(await encode([...faces.keys()]));
      for (const [index, waiting] of faces.entries()) waiting.latents = found[index];
      onEncoded?.({ encoded, kept: faces.length - encoded });
    }
    return Tensor.concat(
      window.map(({ latents }) => latents!),
      0,
    );
  }

  /** Encodes the faces of a window, unless it is kept; returns what draws them. */
  async #encode(window: readonly Waiting<T>[], sharedBefore: number, finished: number): Promise<() => Promise<void>> {
    const { resolution, audioShape, store, clock = new StageClock() } = this.#options;
    const number = this.#window++;
    const posterior = this.#posteriorNoise(window.length);
    const kept = await store?.read(number);
    if (kept?.length === window.length) {
      return () => {
        for (const [index, waiting] of window.entries()) waiting.drawn = kept[index];
        return Promise.resolve();
      };
    }
    const faces = window.map(({ item }) => Tensor.float32([1, 3, resolution, resolution], toPixelValues(item.face)));
    const audios = window.map(({ item }) => Tensor.float32([1, ...audioShape], item.audio));
    const pixelValues = Tensor.concat(faces, 0);
    const faceLatents = posterior
      ? undefined
      : await clock.time('encode', () => this.#faceLatents(window, pixelValues));
    const { noise } = this.#options;
    const heard = window.map(({ item }) => item.heard);
    const inputs = { pixelValues, audio: Tensor.concat(audios, 0), heard, noise, faceLatents, posterior };
    return () => this.#draw(window, inputs, { number, sharedBefore, finished });
  }

  /** Draws a window; faces that the previous window also drew fade into the new drawing from first to last. */
  async #draw(
    window: readonly Waiting<T>[],
    inputs: WindowInputs,
    { number, sharedBefore, finished }: { number: number; sharedBefore: number; finished: number },
  ): Promise<void> {
    const { generator, quantize, store, signal, clock, onStep } = this.#options;
    const { pixelValues: drawn } = await generator.generate(inputs, {
      signal,
      clock,
      onStep:
        onStep &&
        ((step, steps) => {
          onStep({ step, steps, faces: finished });
        }),
    });
    for (const [index, waiting] of window.entries()) {
      const face = drawn.slice(0, index, index + 1).data;
      if (waiting.drawn) {
        const weight = (index + 1) / (sharedBefore + 1);
        for (let i = 0; i < face.length; i++) face[i] = weight * face[i] + (1 - weight) * waiting.drawn[i];
      }
      if (quantize) for (let i = 0; i < face.length; i++) face[i] = fromLevel(toLevel(face[i]));
      waiting.drawn = face;
    }
    await this.#keeping;
    const faces = window.map(({ drawn: face }) => face!);
    // It takes the disk some time, in which the next window is drawn.
    this.#keeping = store?.write(number, faces) ?? this.#keeping;
    this.#keeping.catch(() => undefined); // thrown where it is awaited
  }

  /** Waits until the store has all windows that were drawn. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeping;
  }
}

/** [n, …] → n times [1, …] */
function split(tensor: Tensor<'float32'>): Tensor<'float32'>[] {
  return Array.from({ length: tensor.shape[0] }, (_, index) => tensor.slice(0, index, index + 1));
}

/** Returns which of 256 levels is closest to a value of −1…1; values beyond are limited. */
export function toLevel(value: number): number {
  return Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));
}

/** Returns the value of a level. */
export function fromLevel(level: number): number {
  return Math.fround(level / 127.5 - 1);
}
