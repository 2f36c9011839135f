import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { AutoencoderTiny, tinyDecoderGraph } from '../models/autoencoder-tiny.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims } from '../models/whisper-encoder.ts';
import { bindWeights } from '../nn/weights.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { inpaintMask } from '../vision/mask.ts';
import { officialSchedulerConfig } from '../hub/official-configs.ts';
import { assembleModel, type LipsyncModel } from './lipsync-model.ts';
import type { DenoisingSettings } from './denoising-path.ts';
import { LipsyncNetworks } from './lipsync-networks.ts';
import { requiredMemory, weightBytes } from './required-memory.ts';
import type { WindowOutputs } from './window-generator.ts';

let model: LipsyncModel;
beforeAll(async () => {
  model = await assembleModel({
    name: 'small',
    defaults: {
      resolution: 64,
      numFrames: 4,
      videoFps: 25,
      audioFeatLength: [0, 0],
      numInferenceSteps: 2,
      guidanceScale: 1,
      seed: 1,
    },
    schedulerConfig: officialSchedulerConfig,
    unetConfig: parseUNet3DConfig({
      block_out_channels: [32, 64],
      cross_attention_dim: 16,
      layers_per_block: 1,
      norm_num_groups: 8,
      in_channels: 13,
      attention_head_dim: 2,
    }),
    vaeConfig: parseAutoencoderKLConfig({
      block_out_channels: [8, 8, 8, 8],
      latent_channels: 4,
      norm_num_groups: 4,
    }),
    whisperConfig: parseWhisperDims({
      n_mels: 80,
      n_audio_ctx: 1500,
      n_audio_state: 16,
      n_audio_head: 2,
      n_audio_layer: 1,
    }),
    weights: (networks) =>
      Promise.resolve({
        unet: hashedCheckpoint(networks.unet, 'unet.'),
        vae: hashedCheckpoint(networks.vae, 'vae.'),
        whisper: hashedCheckpoint(networks.whisper, 'whisper.'),
        whisperIdentity: 'whisper.',
      }),
  });
});

function uniform(name: string, shape: readonly number[]): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, 1, 0);
  return tensor;
}

/** Draws a window of four frames. */
async function drawn(networks: LipsyncNetworks, settings: Partial<DenoisingSettings>): Promise<WindowOutputs> {
  const generator = networks.generator({ scheduler: 'ddim', numInferenceSteps: 2, guidanceScale: 1, ...settings });
  return generator.generate({
    pixelValues: uniform('pixels', [4, 3, 64, 64]),
    audio: uniform('audio', [4, 4, 16]),
    noise: uniform('noise', model.noiseShape),
  });
}

/** Denoises a window of four frames in two steps, a whole pass and a shallow one, and returns its latents. */
async function latentsIn(dtype: 'float32' | 'int8'): Promise<Float32Array> {
  await using runtime = createRuntime({ threads: 1 });
  await using networks = await LipsyncNetworks.load(runtime, model, { deepCache: true, dtype });
  return (await drawn(networks, { deepCacheInterval: 2 })).latents.data;
}

describe('int8 layers', () => {
  it('denoise nearly as those in float32', async () => {
    const float32 = await latentsIn('float32');
    const int8 = await latentsIn('int8');
    const error = Math.hypot(...int8.map((value, i) => value - float32[i])) / Math.hypot(...float32);
    expect(error).toBeGreaterThan(1e-4); // int8 indeed
    expect(error).toBeLessThan(0.03);
  });

  it('are said to need less memory', () => {
    const saved = requiredMemory(model, { dtype: 'float32' }) - requiredMemory(model, { dtype: 'int8' });
    const bytes = weightBytes(model);
    expect(saved).toBeGreaterThan(bytes * 0.5);
    expect(saved).toBeLessThan(bytes);
  });
});

describe('another autoencoder', () => {
  it('draws from its own latents, which are scaled already', async () => {
    const network = new AutoencoderTiny();
    const tiny = model.withAutoencoder({ network, weights: hashedCheckpoint(network, 'taesd.') }, []);
    await using runtime = createRuntime({ threads: 1 });
    await using networks = await LipsyncNetworks.load(runtime, tiny);
    const { latents, pixelValues } = await drawn(networks, {});
    const graph = tinyDecoderGraph(network, { height: 8, width: 8 });
    await using decoder = await runtime.createSession(await bindWeights(graph, tiny.vae.weights));
    const frames = latents.reshape([4, 4, 8, 8]).transpose([1, 0, 2, 3]); // [1, 4, F, 8, 8] → [F, 4, 8, 8]
    const decoded = toFloat32((await decoder.run({ latents: frames })).image).data;
    const mask = inpaintMask(64);
    const redrawn = mask.findIndex((keep) => keep === 0);
    const kept = mask.findIndex((keep) => keep === 1);
    expect(pixelValues.data[redrawn]).toBeCloseTo(decoded[redrawn], 5);
    expect(pixelValues.data[kept]).toBe(uniform('pixels', [4, 3, 64, 64]).data[kept]);
  });
});

describe('fewer passes', () => {
  let runtime: Runtime;
  let networks: LipsyncNetworks;
  beforeAll(async () => {
    runtime = createRuntime({ threads: 1 });
    networks = await LipsyncNetworks.load(runtime, model, { deepCache: true });
  });
  afterAll(async () => {
    await networks[Symbol.asyncDispose]();
    await runtime[Symbol.asyncDispose]();
  });

  const latentsWith = async (settings: Partial<DenoisingSettings>): Promise<number[]> => [
    ...(await drawn(networks, { numInferenceSteps: 4, guidanceScale: 2, ...settings })).latents.data,
  ];
  const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((x, i) => x - b[i]));

  it('are the same as all, or as none, where their settings say so', async () => {
    const whole = await latentsWith({});
    const unguided = await latentsWith({ guidanceScale: 1 });
    expect(unguided).not.toEqual(whole);
    expect(await latentsWith({ guidanceEnd: 0.1 })).toEqual(unguided); // of four steps, none
    expect(await latentsWith({ guidanceStart: 0.1, unconditionalInterval: 1, strength: 1 })).toEqual(whole);
    expect(await latentsWith({ deepCacheThreshold: 1e-9 })).toEqual(whole);
  });

  it('begin at the faces as they are with less strength', async () => {
    const generator = networks.generator({ scheduler: 'ddim', numInferenceSteps: 2, guidanceScale: 1 });
    const source = (await generator.encode(uniform('pixels', [4, 3, 64, 64]))).slice(1, 4, 8); // [F, 4, h, w]
    const asLatents = [...source.transpose([1, 0, 2, 3]).data]; // [F, 4, h, w] → [4, F, h, w]
    const [some, all] = [await latentsWith({ strength: 0.25 }), await latentsWith({})];
    expect(distance(some, asLatents)).toBeLessThan(distance(all, asLatents) / 2);
  });
});
