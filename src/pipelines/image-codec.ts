// ImageCodec: pixels [N,3,R,R] in −1…1 ↔ the UNet's latents [N,4,R/8,R/8], a few images at a time.
import type { Session } from '../runtime/runtime.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';

/**
 * Images that the autoencoder takes at once, and their pixels in total. On processors, more take longer: sixteen of 128×128 half as long
 * again as four to encode and twice as long to decode, and four of 256×256 half as long again as one, on two cores.
 */
const IMAGES_AT_ONCE = 4;
const PIXELS_AT_ONCE = 256 * 256;

/** Sessions of the autoencoder's two graphs, and how its latents are scaled. */
export interface ImageCodecOptions {
  /** Session of `encoderGraph` or `tinyEncoderGraph`. */
  encoder: Session;
  /** Session of `decoderGraph` or `tinyDecoderGraph`. */
  decoder: Session;
  scalingFactor: number;
}

/** Runs the autoencoder. */
export class ImageCodec {
  readonly #options: ImageCodecOptions;

  constructor(options: ImageCodecOptions) {
    this.#options = options;
  }

  /**
   * Returns scaled latents of images. Those of an image do not depend on the others, to the bit: the encoder always takes the same
   * number at once, repeating the last one where there are fewer, because kernels may be chosen by that number.
   *
   * @param pixelValues - [N, 3, H, W]
   * @param options.noise - [N, 4, H/8, W/8]: the latents are a sample of the posterior, mean + std·noise; its mean when left out. A
   * tiny autoencoder has none.
   */
  async encode(
    pixelValues: Tensor<'float32'>,
    options: { noise?: Tensor<'float32'>; signal?: AbortSignal } = {},
  ): Promise<Tensor<'float32'>> {
    const { encoder, scalingFactor } = this.#options;
    return mapImages(pixelValues, pixelValues.shape[2] * pixelValues.shape[3], async (image, first, atOnce) => {
      const [count] = image.shape;
      const outputs = await encoder.run({ image: filledUp(image, atOnce) }, { signal: options.signal });
      const mean = toFloat32(outputs.mean).slice(0, 0, count);
      const latents = mean.data;
      if (options.noise) {
        const logvar = toFloat32(outputs.logvar).slice(0, 0, count);
        const noise = options.noise.slice(0, first, first + count).data;
        for (let i = 0; i < latents.length; i++) latents[i] += Math.exp(logvar.data[i] / 2) * noise[i];
      }
      for (let i = 0; i < latents.length; i++) latents[i] *= scalingFactor;
      return mean;
    });
  }

  /** Returns the images [N, 3, H, W] of scaled latents [N, 4, H/8, W/8]. */
  async decode(
    latents: Tensor<'float32'>,
    options: { pixelsPerLatent: number; signal?: AbortSignal },
  ): Promise<Tensor<'float32'>> {
    const { decoder, scalingFactor } = this.#options;
    const pixels = latents.shape[2] * latents.shape[3] * options.pixelsPerLatent ** 2;
    return mapImages(latents, pixels, async (part) => {
      const scaled = Tensor.float32(
        part.shape,
        part.data.map((value) => value / scalingFactor),
      );
      return toFloat32((await decoder.run({ latents: scaled }, { signal: options.signal })).image);
    });
  }
}

/** Applies a network to images [N, …] in parts that it has memory for, and joins the results. */
async function mapImages(
  images: Tensor<'float32'>,
  pixelsPerImage: number,
  run: (part: Tensor<'float32'>, first: number, atOnce: number) => Promise<Tensor<'float32'>>,
): Promise<Tensor<'float32'>> {
  const [count] = images.shape;
  const atOnce = Math.max(1, Math.min(IMAGES_AT_ONCE, Math.floor(PIXELS_AT_ONCE / pixelsPerImage)));
  const results: Tensor<'float32'>[] = [];
  for (let first = 0; first < count; first += atOnce) {
    results.push(await run(images.slice(0, first, Math.min(count, first + atOnce)), first, atOnce));
  }
  return Tensor.concat(results, 0);
}

/** Returns images followed by the last of them, until there are so many. */
function filledUp(images: Tensor<'float32'>, count: number): Tensor<'float32'> {
  const [given] = images.shape;
  const last = images.slice(0, given - 1, given);
  return given === count ? images : Tensor.concat([images, ...Array.from({ length: count - given }, () => last)], 0);
}
