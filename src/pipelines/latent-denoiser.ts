// LatentDenoiser: noise [1,4,F,h,w] with conditions and audio → latents [1,4,F,h,w], by a scheduler and the UNet.
import type { KeptTensor, Runtime, Session } from '../runtime/runtime.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { OptionError } from '../util/assert.ts';
import { option, wording } from '../util/wording.ts';
import { denoisingSteps, usesDeepCache, type DenoisingSettings, type DenoisingStep } from './denoising-path.ts';

/** Options of {@link LatentDenoiser}. */
export interface DenoiserOptions extends Omit<DenoisingSettings, 'scheduler'> {
  runtime: Runtime;
  /** Session of `unetGraph` with batch 1; with `deepFeatures` when there is a shallow one. */
  unet: Session;
  /** Session of `shallowUNetGraph` with batch 1; needed for DeepCache. */
  shallowUnet?: Session;
  scheduler: Scheduler;
}

/** What is denoised. */
export interface DenoiserInputs {
  /** [1, 4, F, h, w] */
  noise: Tensor<'float32'>;
  /** What the UNet sees beside the latents: mask, masked-image and reference latents, [1, 9, F, h, w]. */
  condition: Tensor<'float32'>;
  /** [F, tokens, D] */
  audio: Tensor<'float32'>;
  /** The latents of the faces as they are, [1, 4, F, h, w]; needed for a strength below 1. */
  source?: Tensor<'float32'>;
}

/** Options of {@link LatentDenoiser.denoise}. */
export interface DenoiseOptions {
  signal?: AbortSignal;
  /** Called after every step with the number of steps done, and of those in all. */
  onStep?: (done: number, total: number) => void;
}

/** The denoising loop over one window of frames. */
export class LatentDenoiser {
  readonly #options: DenoiserOptions;
  readonly #steps: readonly DenoisingStep[];

  constructor(options: DenoiserOptions) {
    this.#options = options;
    this.#steps = denoisingSteps(options);
    if (usesDeepCache(options) && !options.shallowUnet) {
      throw new OptionError(
        'shallowUnet',
        wording`be given with ${option('deepCacheInterval')} or ${option('deepCacheThreshold')}`,
      );
    }
  }

  /** Returns the denoised latents, [1, 4, F, h, w]. */
  async denoise(inputs: DenoiserInputs, options: DenoiseOptions = {}): Promise<Tensor<'float32'>> {
    const { scheduler, numInferenceSteps, guidanceScale, deepCacheThreshold = 0, runtime } = this.#options;
    const { noise, condition, audio } = inputs;
    scheduler.setTimesteps(numInferenceSteps);
    let latents = this.#start(inputs);
    const conditional = new UNetBranch(this.#options, audio);
    // Without audio, the pixels attend to zeros.
    const unconditional = new UNetBranch(this.#options, Tensor.float32(audio.shape));
    const changes = new LatentChanges(deepCacheThreshold);
    let difference: Float32Array | undefined;
    try {
      for (const [step, { index, guidance, deepFrom: planned }] of this.#steps.entries()) {
        throwIfAborted(options.signal);
        const timestep = scheduler.timesteps[index];
        const scaled = Tensor.float32(noise.shape, scheduler.scaleModelInput(latents, timestep));
        const sample = Tensor.concat([scaled, condition], 1); // [1, 13, F, h, w]
        const deepFrom = planned ?? changes.lastWhole(scaled.data, step);
        const noisePred = await conditional.predict(sample, { timestep, deepFrom, signal: options.signal });
        if (guidance === 'computed') {
          const base = await unconditional.predict(sample, { timestep, deepFrom, signal: options.signal });
          difference = noisePred.map((value, i) => value - base[i]);
        }
        if (guidance !== 'none' && difference) {
          // base + g·(pred − base), with pred − base of this step or of an earlier one
          for (let i = 0; i < noisePred.length; i++) noisePred[i] += (guidanceScale - 1) * difference[i];
        }
        latents = Float32Array.from(scheduler.step(noisePred, timestep, latents));
        options.onStep?.(step + 1, this.#steps.length);
      }
    } finally {
      runtime.release([...conditional.kept, ...unconditional.kept]);
    }
    return Tensor.float32(noise.shape, latents);
  }

  /** The latents of the first step: noise, or the source with as much noise as belongs there. */
  #start({ noise, source }: DenoiserInputs): Float32Array {
    const { scheduler, strength = 1 } = this.#options;
    if (strength === 1) return noise.data.map((value) => value * scheduler.initNoiseSigma);
    if (!source) throw new RangeError('The latents of the faces must be given for a strength below 1.');
    const [{ index }] = this.#steps;
    return Float32Array.from(scheduler.addNoise(source.data, noise.data, scheduler.timesteps[index]));
  }
}

/** Decides from how the latents change at which steps the whole UNet runs. */
class LatentChanges {
  readonly #threshold: number;
  #latents: Float32Array | undefined;
  #step = 0;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Returns the step whose whole passes serve for these latents: this one, where they have changed too much since the last. */
  lastWhole(latents: Float32Array, step: number): number {
    if (!this.#latents || relativeChange(this.#latents, latents) >= this.#threshold) {
      this.#latents = latents;
      this.#step = step;
    }
    return this.#step;
  }
}

/** ‖to − from‖ / ‖from‖ */
function relativeChange(from: Float32Array, to: Float32Array): number {
  let change = 0;
  let norm = 0;
  for (let i = 0; i < from.length; i++) {
    change += (to[i] - from[i]) ** 2;
    norm += from[i] ** 2;
  }
  return Math.sqrt(change / norm);
}

/** The UNet with one audio, and what its last whole pass left for the shallow ones. */
class UNetBranch {
  readonly #options: DenoiserOptions;
  readonly #audio: Tensor<'float32'>;
  #deepFeatures: KeptTensor | undefined;
  #deepFrom: number | undefined;

  constructor(options: DenoiserOptions, audio: Tensor<'float32'>) {
    this.#options = options;
    this.#audio = audio;
  }

  /** Tensors that stay with the runtime. */
  get kept(): KeptTensor[] {
    return this.#deepFeatures ? [this.#deepFeatures] : [];
  }

  /**
   * Returns the predicted noise for a UNet input [1, 13, F, h, w], flat.
   *
   * @param options.deepFrom - the step at which the deep features were made that may serve; without those, the pass is whole.
   */
  async predict(
    sample: Tensor<'float32'>,
    { timestep, deepFrom, signal }: { timestep: number; deepFrom: number; signal?: AbortSignal },
  ): Promise<Float32Array> {
    const { unet, shallowUnet, runtime } = this.#options;
    const feeds = {
      sample,
      timestep: Tensor.float32([1, 1], Float32Array.of(timestep)),
      encoder_hidden_states: this.#audio,
    };
    if (!shallowUnet) return toFloat32((await unet.run(feeds, { signal })).noise_pred).data;
    if (this.#deepFeatures && this.#deepFrom === deepFrom) {
      const outputs = await shallowUnet.run({ ...feeds, deep_features: this.#deepFeatures }, { signal });
      return toFloat32(outputs.noise_pred).data;
    }
    runtime.release(this.kept);
    this.#deepFeatures = undefined;
    const { outputs, kept } = await unet.runKeeping(feeds, ['deep_features'], { signal });
    this.#deepFeatures = kept.deep_features;
    this.#deepFrom = deepFrom;
    return toFloat32(outputs.noise_pred).data;
  }
}
