// WindowGenerator: aligned faces [F,3,R,R] and their audio → the same faces with the mouth redrawn.
import { latentMask } from '../vision/mask.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { ImageCodec } from './image-codec.ts';
import type { LatentDenoiser } from './latent-denoiser.ts';

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

/** Redraws the mouths of one window of frames at a time. */
export class WindowGenerator {
  readonly #options: WindowGeneratorOptions;

  constructor(options: WindowGeneratorOptions) {
    this.#options = options;
  }

  /** Redraws one window. */
  async generate(
    inputs: WindowInputs,
    options: { signal?: AbortSignal; onStep?: (step: number) => void } = {},
  ): Promise<WindowOutputs> {
    const { codec, denoiser, mask, resolution, pixelsPerLatent } = this.#options;
    const { pixelValues, audio, noise } = inputs;
    const { signal } = options;
    const [frames] = pixelValues.shape;
    const side = resolution / pixelsPerLatent;
    const area = resolution * resolution;

    const maskedPixelValues = Tensor.float32(
      pixelValues.shape,
      pixelValues.data.map((value, i) => value * mask[i % area]),
    );
    const maskedLatents = await codec.encode(maskedPixelValues, { noise: inputs.maskedNoise, signal });
    const refLatents = await codec.encode(pixelValues, { noise: inputs.refNoise, signal });
    const condition = conditionOf(latentMask(mask, resolution), maskedLatents, refLatents);

    const repeated = Tensor.float32([1, noise.shape[1], frames, side, side]);
    const plane = side * side;
    for (let i = 0; i < repeated.data.length; i += plane) {
      const channel = Math.floor(i / plane / frames);
      repeated.data.set(noise.data.subarray(channel * plane, (channel + 1) * plane), i);
    }
    const latents = await denoiser.denoise({ noise: repeated, condition, audio }, options);

    const decoded = await codec.decode(swapChannelsAndFrames(latents), { pixelsPerLatent, signal });
    const result = decoded.data;
    for (let i = 0; i < result.length; i++) {
      const keep = mask[i % area];
      result[i] = result[i] * (1 - keep) + pixelValues.data[i] * keep;
    }
    return { latents, pixelValues: decoded };
  }
}

/** Mask and latents of every frame [F, 4, h, w] → [1, 9, F, h, w] */
function conditionOf(mask: Float32Array, masked: Tensor<'float32'>, ref: Tensor<'float32'>): Tensor<'float32'> {
  const [frames, channels, height, width] = masked.shape;
  const area = height * width;
  const condition = Tensor.float32([1, 1 + 2 * channels, frames, height, width]);
  for (let frame = 0; frame < frames; frame++) condition.data.set(mask, frame * area);
  for (const [index, latents] of [masked, ref].entries()) {
    for (let frame = 0; frame < frames; frame++) {
      for (let channel = 0; channel < channels; channel++) {
        const from = (frame * channels + channel) * area;
        const to = ((1 + index * channels + channel) * frames + frame) * area;
        condition.data.set(latents.data.subarray(from, from + area), to);
      }
    }
  }
  return condition;
}

/** [1, C, F, h, w] → [F, C, h, w] */
function swapChannelsAndFrames(latents: Tensor<'float32'>): Tensor<'float32'> {
  const [, channels, frames, height, width] = latents.shape;
  const area = height * width;
  const out = Tensor.float32([frames, channels, height, width]);
  for (let channel = 0; channel < channels; channel++) {
    for (let frame = 0; frame < frames; frame++) {
      const from = (channel * frames + frame) * area;
      out.data.set(latents.data.subarray(from, from + area), (frame * channels + channel) * area);
    }
  }
  return out;
}
