// LatentDenoiser: noise [1,4,F,h,w] with conditions and audio → latents [1,4,F,h,w], by a scheduler and the UNet.
import type { KeptTensor, Runtime, Session } from '../runtime/runtime.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { checkInteger, checkNumber, OptionError } from '../util/assert.ts';
import { option, wording } from '../util/wording.ts';

/** Options of {@link LatentDenoiser}. */
export interface DenoiserOptions {
  runtime: Runtime;
  /** Session of `unetGraph` with batch 1; with `deepFeatures` when there is a shallow one. */
  unet: Session;
  /** Session of `shallowUNetGraph` with batch 1; needed for a DeepCache interval above 1. */
  shallowUnet?: Session;
  scheduler: Scheduler;
  numInferenceSteps: number;
  /** How far to go from the prediction without audio to that with it and beyond; at most 1 means no guidance. */
  guidanceScale: number;
  /** The whole UNet runs at every N-th step, only its last layer in between (Ma et al. 2023). Default 1. */
  deepCacheInterval?: number;
}

/** What is denoised. */
export interface DenoiserInputs {
  /** [1, 4, F, h, w] */
  noise: Tensor<'float32'>;
  /** What the UNet sees beside the latents: mask, masked-image and reference latents, [1, 9, F, h, w]. */
  condition: Tensor<'float32'>;
  /** [F, tokens, D] */
  audio: Tensor<'float32'>;
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
  readonly #interval: number;

  constructor(options: DenoiserOptions) {
    checkInteger('options.numInferenceSteps', options.numInferenceSteps, 1, 1000);
    checkNumber('options.guidanceScale', options.guidanceScale, 0, 100);
    this.#interval = checkInteger('options.deepCacheInterval', options.deepCacheInterval ?? 1, 1, 1000);
    if (this.#interval > 1 && !options.shallowUnet) {
      throw new OptionError('shallowUnet', wording`be given when ${option('deepCacheInterval')} is above 1`);
    }
    this.#options = options;
  }

  /** Returns the denoised latents, [1, 4, F, h, w]. */
  async denoise({ noise, condition, audio }: DenoiserInputs, options: DenoiseOptions = {}): Promise<Tensor<'float32'>> {
    const { scheduler, numInferenceSteps, guidanceScale, runtime } = this.#options;
    scheduler.setTimesteps(numInferenceSteps);
    let latents = noise.data.map((value) => value * scheduler.initNoiseSigma);
    const conditional = new UNetBranch(this.#options, audio);
    // Without audio, the pixels attend to zeros.
    const unconditional = guidanceScale > 1 ? new UNetBranch(this.#options, Tensor.float32(audio.shape)) : undefined;
    try {
      for (const [step, timestep] of scheduler.timesteps.entries()) {
        throwIfAborted(options.signal);
        const scaled = Tensor.float32(noise.shape, scheduler.scaleModelInput(latents, timestep));
        const sample = Tensor.concat([scaled, condition], 1); // [1, 13, F, h, w]
        const whole = step % this.#interval === 0;
        const noisePred = await conditional.predict(sample, timestep, whole, options.signal);
        if (unconditional) {
          const base = await unconditional.predict(sample, timestep, whole, options.signal);
          for (let i = 0; i < base.length; i++) noisePred[i] = base[i] + guidanceScale * (noisePred[i] - base[i]);
        }
        latents = Float32Array.from(scheduler.step(noisePred, timestep, latents));
        options.onStep?.(step + 1, scheduler.timesteps.length);
      }
    } finally {
      runtime.release([...conditional.kept, ...(unconditional?.kept ?? [])]);
    }
    return Tensor.float32(noise.shape, latents);
  }
}

/** The UNet with one audio, and what its last whole pass left for the shallow ones. */
class UNetBranch {
  readonly #options: DenoiserOptions;
  readonly #audio: Tensor<'float32'>;
  #deepFeatures: KeptTensor | undefined;

  constructor(options: DenoiserOptions, audio: Tensor<'float32'>) {
    this.#options = options;
    this.#audio = audio;
  }

  /** Tensors that stay with the runtime. */
  get kept(): KeptTensor[] {
    return this.#deepFeatures ? [this.#deepFeatures] : [];
  }

  /** Returns the predicted noise for a UNet input [1, 13, F, h, w], flat. */
  async predict(
    sample: Tensor<'float32'>,
    timestep: number,
    whole: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const { unet, shallowUnet, runtime } = this.#options;
    const feeds = {
      sample,
      timestep: Tensor.float32([1, 1], Float32Array.of(timestep)),
      encoder_hidden_states: this.#audio,
    };
    if (!shallowUnet) return toFloat32((await unet.run(feeds, { signal })).noise_pred).data;
    if (this.#deepFeatures && !whole) {
      const outputs = await shallowUnet.run({ ...feeds, deep_features: this.#deepFeatures }, { signal });
      return toFloat32(outputs.noise_pred).data;
    }
    runtime.release(this.kept);
    const { outputs, kept } = await unet.runKeeping(feeds, ['deep_features'], { signal });
    this.#deepFeatures = kept.deep_features;
    return toFloat32(outputs.noise_pred).data;
  }
}
