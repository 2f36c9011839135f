// BestOfGenerator: every window of faces drawn with several seeds; the drawing stays whose mouths follow the sound the best.
import type { Tensor } from '../tensor/tensor.ts';
import type { DrawingRater } from './judge.ts';
import type { GenerateOptions, WindowGenerator, WindowInputs, WindowOutputs } from './window-generator.ts';

/** What draws windows. */
type Generator = Pick<WindowGenerator, 'encode' | 'generate'>;

/** How {@link BestOfGenerator} chooses. */
export interface BestOfOptions {
  /** The starts of the denoising, at least one; of drawings that rate the same, the first one stays. */
  noises: readonly Tensor<'float32'>[];
  rater: DrawingRater;
}

/**
 * Draws like another generator, but as often as there are noises. Each window is chosen by itself, from what it shows and hears alone, so an
 * interrupted job goes on to the same choices.
 */
export class BestOfGenerator implements Generator {
  readonly #generator: Generator;
  readonly #options: BestOfOptions;

  constructor(generator: Generator, options: BestOfOptions) {
    this.#generator = generator;
    this.#options = options;
  }

  /** As {@link WindowGenerator.encode}: the latents of faces do not depend on the seed. */
  encode(...faces: Parameters<Generator['encode']>): Promise<Tensor<'float32'>> {
    return this.#generator.encode(...faces);
  }

  /** Draws a window; `inputs.noise` is not used. Where its faces hear nothing, the first drawing stays, and there are no others. */
  async generate(inputs: WindowInputs, options: GenerateOptions = {}): Promise<WindowOutputs> {
    const { rater } = this.#options;
    const { heard = [] } = inputs;
    const { signal, onStep } = options;
    const isHeard = heard.some((row) => row !== undefined);
    const noises = isHeard ? this.#options.noises : this.#options.noises.slice(0, 1);
    let best: { outputs: WindowOutputs; rating: number } | undefined;
    for (const [index, noise] of noises.entries()) {
      const outputs = await this.#generator.generate(
        { ...inputs, noise },
        {
          ...options,
          onStep:
            onStep &&
            ((step, steps) => {
              onStep(index * steps + step, noises.length * steps);
            }),
        },
      );
      const rating = noises.length > 1 ? await rater.rate(outputs.pixelValues, heard, signal) : 0;
      if (!best || rating > best.rating) best = { outputs, rating };
    }
    return best!.outputs;
  }
}
