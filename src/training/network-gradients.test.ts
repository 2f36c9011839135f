// Gradients of whole networks with respect to all their parameters, against central differences.
import { afterAll, describe, expect, it } from 'vitest';
import { smallUNetSection } from '../../test/support/small-unet.ts';
import { AutoencoderKL } from '../models/autoencoder-kl.ts';
import { StableSyncNet } from '../models/stable-syncnet.ts';
import { parseStableSyncNetConfig } from '../models/stable-syncnet-config.ts';
import { UNet3DConditionModel } from '../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { WhisperEncoder } from '../models/whisper-encoder.ts';
import type { Module } from '../nn/module.ts';
import type { Value } from '../onnx/graph-core.ts';
import { writeModel } from '../onnx/model-proto.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { fillHashed } from '../tensor/hashed.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { positionTables } from './initial-parameters.ts';
import { meanOf } from './losses.ts';
import { layoutOf } from './parameter-layout.ts';
import { TrainingGraph } from './training-graph.ts';

const runtime = createRuntime();
afterAll(() => runtime[Symbol.asyncDispose]());

function random(name: string, shape: readonly number[], scale = 1): Tensor<'float32'> {
  const tensor = Tensor.float32(shape);
  fillHashed(tensor.data, name, scale);
  return tensor;
}

/** Returns the gradient's product with a direction, and what the loss does along it (fourth order in the step). */
async function alongDirection(
  module: Module,
  shapes: Record<string, number[]>,
  build: (g: TrainingGraph, inputs: Record<string, Value>) => Value,
  step = 0.01,
): Promise<{ actual: number; expected: number; parameters: number }> {
  const layout = layoutOf(module);
  const g = new TrainingGraph(layout);
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, g.input(name, shape)]));
  const out = build(g, inputs);
  const weights = random(
    'weights',
    out.shape.map((dim) => Number(dim)),
  );
  g.outputGradients(meanOf(g, g.mul(out, g.constant(weights))));
  g.output('out', out);
  const tables = positionTables(module);
  await using session = await runtime.createSession(
    writeModel(g, (key) => ({ dtype: 'float32', data: tables.get(key)!.bytes })),
  );
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, random(name, shape)]));
  const parameters = Tensor.float32([layout.size]);
  const direction = new Float32Array(layout.size);
  for (const [key, { shape, offset, size }] of layout.entries) {
    const scale = shape.length > 1 ? Math.sqrt(3 / shape.slice(1).reduce((a, b) => a * b, 1)) : 0.1;
    const values = parameters.data.subarray(offset, offset + size);
    fillHashed(values, key, scale, shape.length === 1 && key.endsWith('weight') ? 1 : 0);
    fillHashed(direction.subarray(offset, offset + size), `direction ${key}`, scale);
  }
  const { gradients } = await session.run({ ...feeds, parameters });
  const actual = toFloat32(gradients).data.reduce((sum, value, i) => sum + value * direction[i], 0);
  const lossAt = async (length: number): Promise<number> => {
    const moved = parameters.data.map((value, i) => value + length * direction[i]);
    const result = await session.run({ ...feeds, parameters: Tensor.float32([layout.size], moved) });
    const { data } = toFloat32(result.out);
    return data.reduce((sum, value, i) => sum + value * weights.data[i], 0) / data.length;
  };
  const expected =
    (8 * ((await lossAt(step)) - (await lossAt(-step))) - ((await lossAt(2 * step)) - (await lossAt(-2 * step)))) /
    (12 * step);
  return { actual, expected, parameters: layout.size };
}

describe('gradients of whole networks agree with central differences', () => {
  it('UNet with transformers and motion modules, a timestep for each clip', async () => {
    const unet = new UNet3DConditionModel(
      parseUNet3DConfig(smallUNetSection({ channels: [32, 64], audioWidth: 16, groups: 8 })),
    );
    const shapes = { sample: [2, 13, 3, 8, 8], timestep: [2, 1], encoderHiddenStates: [6, 4, 16] };
    const { actual, expected } = await alongDirection(
      unet,
      shapes,
      (g, { sample, timestep, encoderHiddenStates }) =>
        unet.forward(g, { sample, timestep: g.mul(timestep, g.float(500)), encoderHiddenStates }).sample,
    );
    expect(Math.abs(actual - expected)).toBeLessThan(5e-3 * Math.abs(expected));
  });

  it('AutoencoderKL, encoder and decoder', async () => {
    const vae = new AutoencoderKL({
      inChannels: 3,
      outChannels: 3,
      latentChannels: 4,
      blockOutChannels: [8, 16],
      layersPerBlock: 1,
      normNumGroups: 4,
      scalingFactor: 1,
    });
    const { actual, expected } = await alongDirection(vae, { image: [2, 3, 16, 16] }, (g, { image }) =>
      vae.decode(g, vae.encode(g, image).mean),
    );
    expect(Math.abs(actual - expected)).toBeLessThan(5e-3 * Math.abs(expected));
  });

  it('Whisper encoder', async () => {
    const whisper = new WhisperEncoder({ nMels: 80, nAudioCtx: 20, nAudioState: 16, nAudioHead: 2, nAudioLayer: 2 });
    const { actual, expected } = await alongDirection(whisper, { mel: [2, 80, 40] }, (g, { mel }) =>
      whisper.forward(g, mel),
    );
    expect(Math.abs(actual - expected)).toBeLessThan(5e-3 * Math.abs(expected));
  });

  it('StableSyncNet', async () => {
    const side = (in_channels: number, channels: number[]) => ({
      in_channels,
      block_out_channels: channels,
      downsample_factors: channels.map(() => 2),
      attn_blocks: channels.map((_, index) => (index === 1 ? 1 : 0)),
      dropout: 0,
    });
    const syncnet = new StableSyncNet(
      parseStableSyncNetConfig({ audio_encoder: side(1, [32, 32, 64]), visual_encoder: side(6, [32, 32, 64]) }),
    );
    const { actual, expected } = await alongDirection(
      syncnet,
      { image: [2, 6, 16, 16], mel: [2, 1, 16, 16] },
      (g, { image, mel }) => syncnet.forward(g, image, mel).cosine,
      0.0005,
    );
    // Its last operation is a ReLU, whose kinks disturb differences of any step.
    expect(Math.abs(actual - expected)).toBeLessThan(1.5e-2 * Math.abs(expected));
  });
});
