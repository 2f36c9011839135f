// Graphs so small that what the denoising loop makes of them can be computed beside it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { symbolicDim } from '../onnx/dim.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/graph-core.ts';
import { writeModel } from '../onnx/model-proto.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { createScheduler } from '../schedulers/create-scheduler.ts';
import { hashed } from '../models/hashed-weights.ts';
import { officialSchedulerConfig } from '../hub/official-configs.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { Tensor } from '../tensor/tensor.ts';
import { denoisingSteps, type DenoisingSettings } from './denoising-path.ts';
import { LatentDenoiser } from './latent-denoiser.ts';

const FRAMES = 2;
const SIDE = 2;
const latentShape = [1, 4, FRAMES, SIDE, SIDE];

function inputs(g: Graph): { sample: Value; timestep: Value; audio: Value } {
  return {
    sample: g.input('sample', [1, 13, symbolicDim('frames'), SIDE, SIDE]),
    timestep: g.input('timestep', [1, 1]),
    audio: g.input('encoder_hidden_states', [symbolicDim('frames'), 3, 5]),
  };
}

/** 0.3·latents + the deep features; those are the timestep / 1000 · (1 + the audio's mean). */
function wholeGraph(): Graph {
  const g = new Graph();
  const { sample, timestep, audio } = inputs(g);
  const heard = g.add(g.reshape(g.reduceMean(audio, [0, 1, 2]), [1, 1]), g.float(1));
  const deep = g.mul(g.mul(timestep, g.float(0.001)), heard); // [1, 1]
  g.output('noise_pred', g.add(g.mul(g.slice(sample, 1, 0, 4), g.float(0.3)), deep));
  g.output('deep_features', deep);
  return g;
}

/** The same with given deep features; timestep and audio do not count. */
function shallowGraph(): Graph {
  const g = new Graph();
  const { sample, timestep, audio } = inputs(g);
  const nothing = g.mul(g.add(timestep, g.reshape(g.reduceMean(audio, [0, 1, 2]), [1, 1])), g.float(0));
  const deep = g.add(g.input('deep_features', [1, 1]), nothing);
  g.output('noise_pred', g.add(g.mul(g.slice(sample, 1, 0, 4), g.float(0.3)), deep));
  return g;
}

let runtime: Runtime;
let unet: Session;
let shallowUnet: Session;
beforeAll(async () => {
  runtime = createRuntime({ threads: 1 });
  const noWeights = (): never => expect.unreachable();
  unet = await runtime.createSession(writeModel(wholeGraph(), noWeights));
  shallowUnet = await runtime.createSession(writeModel(shallowGraph(), noWeights));
});
afterAll(() => runtime[Symbol.asyncDispose]());

const noise = hashed('noise', latentShape);
const source = hashed('source', latentShape);
const audio = hashed('audio', [FRAMES, 3, 5], 0.5, 0.4);
const heard = audio.data.reduce((sum, value) => sum + value, 0) / audio.data.length;

const defaults = { scheduler: 'ddim', numInferenceSteps: 8, guidanceScale: 2 } as const;

async function denoised(more: Partial<DenoisingSettings>): Promise<Float32Array> {
  const { scheduler, ...settings } = { ...defaults, ...more };
  const denoiser = new LatentDenoiser({
    runtime,
    unet,
    shallowUnet,
    scheduler: createScheduler(scheduler, officialSchedulerConfig),
    ...settings,
  });
  const condition = hashed('condition', [1, 9, FRAMES, SIDE, SIDE]);
  return (await denoiser.denoise({ noise, condition, audio, source })).data;
}

/** The same, computed here; `change` is what `deepCacheThreshold` is. */
function expected(more: Partial<DenoisingSettings>, change = 0): Float32Array {
  const { scheduler: name, ...settings } = { ...defaults, ...more };
  const scheduler = createScheduler(name, officialSchedulerConfig);
  scheduler.setTimesteps(settings.numInferenceSteps);
  const steps = denoisingSteps(settings);
  let latents: Float32Array =
    steps.length < settings.numInferenceSteps
      ? scheduler.addNoise(source.data, noise.data, scheduler.timesteps[steps[0].index])
      : noise.data.map((value) => value * scheduler.initNoiseSigma);
  let before: Float32Array | undefined;
  let whole = 0;
  let difference = 0;
  for (const [step, { index, deepFrom, guidance }] of steps.entries()) {
    const timestep = scheduler.timesteps[index];
    const input = scheduler.scaleModelInput(latents, timestep);
    const from = before;
    const changed = from && Math.hypot(...input.map((value, i) => value - from[i])) / Math.hypot(...from);
    if (changed === undefined || changed >= change) [before, whole] = [input, step];
    const deep = scheduler.timesteps[steps[deepFrom ?? whole].index] / 1000;
    if (guidance === 'computed') difference = deep * heard;
    const guided = guidance === 'none' ? 0 : difference;
    latents = scheduler.step(
      input.map((value) => 0.3 * value + deep * (1 + heard) + (settings.guidanceScale - 1) * guided),
      timestep,
      latents,
    );
  }
  return latents;
}

describe('LatentDenoiser', () => {
  it.each<[string, Partial<DenoisingSettings>]>([
    ['guidance at all steps', {}],
    ['guidance in a part of the path', { guidanceStart: 0.25, guidanceEnd: 0.75 }],
    ['a difference that is taken again', { unconditionalInterval: 3 }],
    ['DeepCache at an interval', { deepCacheInterval: 3 }],
    ['DeepCache, and a difference that is taken again', { deepCacheInterval: 2, unconditionalInterval: 2 }],
    ['the latents of the faces', { strength: 0.5 }],
    ['the latents of the faces, by noise levels', { strength: 0.5, scheduler: 'euler' }],
    ['two steps of a multistep solver', { scheduler: 'dpmpp2m', numInferenceSteps: 2 }],
  ])('does as it says with %s', async (_, settings) => {
    const result = await denoised(settings);
    expect(relativeError(result, expected(settings))).toBeLessThan(1e-5);
  });

  it('runs the whole UNet where the latents have changed enough', async () => {
    const results: Float32Array[] = [];
    for (const deepCacheThreshold of [1e-9, 0.15, 1]) {
      const settings = { deepCacheThreshold };
      const result = await denoised(settings);
      expect(relativeError(result, expected(settings, deepCacheThreshold))).toBeLessThan(1e-5);
      results.push(result);
    }
    expect(results[0]).toEqual(await denoised({}));
    expect(relativeError(results[1], results[0])).toBeGreaterThan(1e-3);
    expect(relativeError(results[2], results[1])).toBeGreaterThan(1e-3);
  });

  it('needs the shallow UNet for DeepCache, and latents to start from', async () => {
    const scheduler = createScheduler('ddim', officialSchedulerConfig);
    const { numInferenceSteps, guidanceScale } = defaults;
    const options = { runtime, unet, scheduler, numInferenceSteps, guidanceScale };
    for (const more of [{ deepCacheInterval: 2 }, { deepCacheThreshold: 0.1 }]) {
      expect(() => new LatentDenoiser({ ...options, ...more })).toThrow('options.shallowUnet must be given with');
    }
    const condition = Tensor.float32([1, 9, FRAMES, SIDE, SIDE]);
    const weak = new LatentDenoiser({ ...options, strength: 0.5 });
    await expect(weak.denoise({ noise, condition, audio })).rejects.toThrow('must be given for a strength below 1');
  });
});
