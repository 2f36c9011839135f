// WindowGenerator: aligned faces [F,3,R,R] and their audio → the same faces with the mouth redrawn.
import { Tensor } from '../tensor/tensor.ts';
import { StageClock } from '../util/stage-clock.ts';
import { latentMask } from '../vision/mask.ts';
import type { ImageCodec } from './image-codec.ts';
import type { HeardRow } from './judge.ts';
import type { DenoiseOptions, LatentDenoiser } from './latent-denoiser.ts';

/** What the generator works with. */
export interface WindowGeneratorOptions {
  codec: ImageCodec;
  denoiser: LatentDenoiser;
  /** 1 = keep, 0 = regenerate; R·R values. */
  mask: Float32Array;
  /** R: side of a face in pixels. */
  resolution: number;
  /** Pixels that one latent spans along an axis. */
  pixelsPerLatent: number;
}

/** One window of frames. */
export interface WindowInputs {
  /** Aligned faces in −1…1, [F, 3, R, R]. */
  pixelValues: Tensor<'float32'>;
  /** [F, tokens, D] */
  audio: Tensor<'float32'>;
  /** The start of the denoising, [1, 4, 1, h, w]; the same for every frame. */
  noise: Tensor<'float32'>;
  /** What {@link WindowGenerator.encode} returns for the faces. Default: they are encoded with `posterior`. */
  faceLatents?: Tensor<'float32'>;
  /** What each face hears; undefined: nothing. For who chooses between drawings. */
  heard?: readonly (HeardRow | undefined)[];
  /** Takes samples of the posteriors instead of their means. */
  posterior?: PosteriorNoise;
}

/** Numbers for samples of the images' posteriors. */
export interface PosteriorNoise {
  /** For the masked faces, [F, 4, h, w]. */
  masked: Tensor<'float32'>;
  /** For the whole ones, [F, 4, h, w]. */
  ref: Tensor<'float32'>;
}

/** What comes out of a window. */
export interface WindowOutputs {
  /** [1, 4, F, h, w] */
  latents: Tensor<'float32'>;
  /** Redrawn where the mask says so, the given pixels elsewhere; [F, 3, R, R]. */
  pixelValues: Tensor<'float32'>;
}

/** Options of {@link WindowGenerator.generate}. */
export interface GenerateOptions extends DenoiseOptions {
  /** Counts the times of `encode`, `denoise` and `decode`. */
  clock?: StageClock;
}

/** Redraws the mouths of one window of frames at a time. */
export class WindowGenerator {
  readonly #options: WindowGeneratorOptions;

  constructor(options: WindowGeneratorOptions) {
    this.#options = options;
  }

  /**
   * Returns the latents of faces, masked and whole: [F, 8, h, w]. Unless samples are drawn, those of a face depend on nothing but the
   * face, to the bit.
   *
   * @param pixelValues - aligned faces in −1…1, [F, 3, R, R].
   */
  async encode(
    pixelValues: Tensor<'float32'>,
    { posterior, signal }: { posterior?: PosteriorNoise; signal?: AbortSignal } = {},
  ): Promise<Tensor<'float32'>> {
    const { codec, mask } = this.#options;
    const maskedPixelValues = Tensor.float32(
      pixelValues.shape,
      pixelValues.data.map((value, i) => value * mask[i % mask.length]),
    );
    const masked = await codec.encode(maskedPixelValues, { noise: posterior?.masked, signal });
    const ref = await codec.encode(pixelValues, { noise: posterior?.ref, signal });
    return Tensor.concat([masked, ref], 1);
  }

  /** Redraws one window. */
  async generate(inputs: WindowInputs, options: GenerateOptions = {}): Promise<WindowOutputs> {
    const { codec, denoiser, mask, resolution, pixelsPerLatent } = this.#options;
    const { pixelValues, audio, noise, posterior } = inputs;
    const { signal, clock = new StageClock(), ...denoising } = options;
    const [frames] = pixelValues.shape;
    const area = resolution * resolution;

    const faceLatents =
      inputs.faceLatents ?? (await clock.time('encode', () => this.encode(pixelValues, { posterior, signal })));
    const condition = conditionOf(latentMask(mask, resolution), faceLatents);
    const source = framesLast(faceLatents.slice(1, faceLatents.shape[1] / 2, faceLatents.shape[1]));

    const latents = await clock.time('denoise', () =>
      denoiser.denoise({ noise: repeat(noise, frames, 2), condition, audio, source }, { ...denoising, signal }),
    );

    const decoded = await clock.time('decode', () => codec.decode(framesFirst(latents), { pixelsPerLatent, signal }));
    const result = decoded.data;
    for (let i = 0; i < result.length; i++) {
      const keep = mask[i % area];
      result[i] = result[i] * (1 - keep) + pixelValues.data[i] * keep;
    }
    return { latents, pixelValues: decoded };
  }
}

/** Mask [h, w] and latents of every frame [F, 8, h, w] → [1, 9, F, h, w] */
function conditionOf(mask: Float32Array, faceLatents: Tensor<'float32'>): Tensor<'float32'> {
  const [frames, , height, width] = faceLatents.shape;
  const everyMask = repeat(Tensor.float32([1, 1, height, width], mask), frames, 0);
  return framesLast(Tensor.concat([everyMask, faceLatents], 1));
}

/** [F, C, h, w] → [1, C, F, h, w] */
function framesLast(images: Tensor<'float32'>): Tensor<'float32'> {
  const swapped = images.transpose([1, 0, 2, 3]);
  return swapped.reshape([1, ...swapped.shape]);
}

/** [1, C, F, h, w] → [F, C, h, w] */
function framesFirst(latents: Tensor<'float32'>): Tensor<'float32'> {
  return latents.reshape(latents.shape.slice(1)).transpose([1, 0, 2, 3]);
}

/** Returns a tensor several times over along an axis. */
function repeat(tensor: Tensor<'float32'>, times: number, axis: number): Tensor<'float32'> {
  return Tensor.concat(
    Array.from({ length: times }, () => tensor),
    axis,
  );
}
