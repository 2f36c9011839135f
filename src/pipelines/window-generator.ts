// WindowGenerator: aligned faces [F,3,R,R] and their audio → the same faces with the mouth redrawn.
import { Tensor } from '../tensor/tensor.ts';
import { StageClock } from '../util/stage-clock.ts';
import { latentMask } from '../vision/mask.ts';
import type { ImageCodec } from './image-codec.ts';
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
  /** [F, 4, h, w]. Takes a sample of the masked images' posterior instead of its mean. */
  maskedNoise?: Tensor<'float32'>;
  /** [F, 4, h, w]. Takes a sample of the reference images' posterior instead of its mean. */
  refNoise?: Tensor<'float32'>;
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

  /** Redraws one window. */
  async generate(inputs: WindowInputs, options: GenerateOptions = {}): Promise<WindowOutputs> {
    const { codec, denoiser, mask, resolution, pixelsPerLatent } = this.#options;
    const { pixelValues, audio, noise } = inputs;
    const { signal, clock = new StageClock(), ...denoising } = options;
    const [frames] = pixelValues.shape;
    const area = resolution * resolution;

    const maskedPixelValues = Tensor.float32(
      pixelValues.shape,
      pixelValues.data.map((value, i) => value * mask[i % area]),
    );
    const [maskedLatents, refLatents] = await clock.time('encode', async () => [
      await codec.encode(maskedPixelValues, { noise: inputs.maskedNoise, signal }),
      await codec.encode(pixelValues, { noise: inputs.refNoise, signal }),
    ]);
    const condition = conditionOf(latentMask(mask, resolution), maskedLatents, refLatents);

    const latents = await clock.time('denoise', () =>
      denoiser.denoise({ noise: repeat(noise, frames, 2), condition, audio }, { ...denoising, signal }),
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

/** Mask [h, w] and latents of every frame [F, 4, h, w] → [1, 9, F, h, w] */
function conditionOf(mask: Float32Array, masked: Tensor<'float32'>, ref: Tensor<'float32'>): Tensor<'float32'> {
  const [frames, , height, width] = masked.shape;
  const everyMask = repeat(Tensor.float32([1, 1, height, width], mask), frames, 0);
  return framesLast(Tensor.concat([everyMask, masked, ref], 1));
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
