import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { relativeError } from '../tensor/relative-error.ts';
import { hashed, hashedCheckpoint } from './hashed-weights.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { toFloat32 } from '../tensor/tensor.ts';
import { parseStableSyncNetConfig } from './stable-syncnet-config.ts';
import { StableSyncNet, stableSyncNetGraph } from './stable-syncnet.ts';

const GOLDEN = 'test/fixtures/golden/syncnet/stable_syncnet.safetensors';

let runtime: Runtime;
const expected = new Map<string, Float32Array>();
let metadata: Record<string, string>;

beforeAll(async () => {
  runtime = createRuntime();
  await using golden = await openCheckpointFile(GOLDEN);
  metadata = golden.metadata as Record<string, string>;
  for (const key of golden.tensors.keys()) expected.set(key, toFloat32(await golden.read(key)).data);
});

afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
});

interface EncoderJson {
  in_channels: number;
  block_out_channels: number[];
  downsample_factors: unknown[];
  attn_blocks?: unknown[];
  dropout?: number;
}

interface ConfigJson {
  audio_encoder: EncoderJson;
  visual_encoder: EncoderJson;
}

function officialConfig(): ConfigJson {
  return JSON.parse(metadata.config) as ConfigJson;
}

async function run(
  model: StableSyncNet,
  { prefix, image, mel, batch }: { prefix: string; image: Tensor; mel: Tensor; batch?: number },
): Promise<Record<string, Tensor>> {
  const weights = hashedCheckpoint(model, prefix);
  checkWeights(model, weights);
  const [, , imageHeight, imageWidth] = image.shape;
  const [, , melBins, melFrames] = mel.shape;
  const graph = stableSyncNetGraph(model, { batch, imageHeight, imageWidth, melBins, melFrames });
  await using session = await runtime.createSession(await bindWeights(graph, weights));
  return await session.run({ image, mel });
}

describe('StableSyncNet', () => {
  it('has the keys of the official checkpoint', () => {
    const model = new StableSyncNet(parseStableSyncNetConfig(officialConfig()));
    const keys = Array.from(model.namedParameters(), ([key]) => key);
    expect(keys.sort()).toEqual(JSON.parse(metadata.keys));
  });

  it('gives the reference embeddings and cosine', async () => {
    const model = new StableSyncNet(parseStableSyncNetConfig(officialConfig()));
    const image = hashed(`${metadata.hash_prefix}ss.image`, JSON.parse(metadata.image_shape) as number[]);
    const mel = hashed(`${metadata.hash_prefix}ss.mel`, JSON.parse(metadata.mel_shape) as number[]);
    const outputs = await run(model, { prefix: metadata.weight_prefix, image, mel });
    for (const [name, key] of [
      ['vision_embeds', 'vision'],
      ['audio_embeds', 'audio'],
      ['cosine', 'cosine'],
    ]) {
      expect(relativeError(toFloat32(outputs[name]).data, expected.get(key)!), name).toBeLessThan(2e-5);
    }
  });

  // The cosines were computed in float64 by a separate program.
  it.each<{ what: string; prefix: string; config: ConfigJson; image: number[]; mel: number[]; cosine: number[] }>([
    {
      what: 'norm groups of two numbers that nearly agree',
      prefix: 'r.',
      config: {
        audio_encoder: {
          in_channels: 1,
          block_out_channels: [32, 64, 64],
          downsample_factors: [2, 2, 2],
          attn_blocks: [0, 1, 0],
        },
        visual_encoder: {
          in_channels: 12,
          block_out_channels: [64, 32, 64],
          downsample_factors: [2, 2, 2],
          attn_blocks: [0, 1, 0],
        },
      },
      image: [3, 12, 8, 8],
      mel: [3, 1, 8, 8],
      cosine: [0.5345551164704977, 0.5195341346732293, 0.46838269779044955],
    },
    {
      what: 'factors that differ by axis, and embeddings of several pixels',
      prefix: 's.',
      config: {
        audio_encoder: {
          in_channels: 1,
          block_out_channels: [32, 64],
          downsample_factors: [
            [1, 3],
            [4, 1],
          ],
        },
        visual_encoder: {
          in_channels: 6,
          block_out_channels: [64, 32, 128],
          downsample_factors: [[2, 2], 1, 3],
          attn_blocks: [true, 1, 0],
          dropout: 0.1,
        },
      },
      image: [3, 6, 12, 7],
      mel: [3, 1, 8, 5],
      cosine: [0.45480179290954015, 0.37614556830408713, 0.35212522948049574],
    },
    {
      what: 'the factor [1, 1], which has a convolution where 1 has none',
      prefix: 't.',
      config: {
        audio_encoder: { in_channels: 1, block_out_channels: [32, 64], downsample_factors: [[1, 1], 3] },
        visual_encoder: {
          in_channels: 3,
          block_out_channels: [32, 32],
          downsample_factors: [
            [1, 1],
            [2, 3],
          ],
          attn_blocks: [1, 0],
        },
      },
      image: [2, 3, 8, 6],
      mel: [2, 1, 6, 6],
      cosine: [0.3094255614339222, 0.3518656232458777],
    },
  ])('gives the right cosines with $what', async ({ prefix, config, image, mel, cosine }) => {
    const outputs = await run(new StableSyncNet(parseStableSyncNetConfig(config)), {
      prefix,
      image: hashed('ss.image', image),
      mel: hashed('ss.mel', mel),
      batch: image[0],
    });
    expect(relativeError(toFloat32(outputs.cosine).data, cosine)).toBeLessThan(2e-5);
    const length = outputs.vision_embeds.shape[1];
    for (const name of ['vision_embeds', 'audio_embeds']) {
      expect(outputs[name].shape).toEqual([image[0], length]);
      expect(Math.hypot(...toFloat32(outputs[name]).data.subarray(0, length))).toBeCloseTo(1, 5);
    }
  });

  it('refuses inputs whose embeddings differ in length, or that vanish on the way', () => {
    const model = new StableSyncNet(parseStableSyncNetConfig(officialConfig()));
    expect(() => stableSyncNetGraph(model, { imageHeight: 256 })).toThrow('equally long (got 192 and 96)');
    expect(() => stableSyncNetGraph(model, { melFrames: 20 })).toThrow('mel of shape [batch, 1, 80, 20] is too small');
  });
});

describe('parseStableSyncNetConfig', () => {
  it.each([
    ['audio_encoder.in_channels', { in_channels: 0 }],
    ['audio_encoder.block_out_channels', { block_out_channels: [32, 48] }],
    ['audio_encoder.downsample_factors', { downsample_factors: [2, 2] }],
    ['audio_encoder.downsample_factors.6', { downsample_factors: [1, 1, 1, 1, 1, 1, [2, 0]] }],
    ['audio_encoder.attn_blocks', { attn_blocks: [1] }],
    ['audio_encoder.attn_blocks.1', { attn_blocks: [0, 2, 0, 0, 0, 0, 0] }],
    ['audio_encoder.dropout', { dropout: 1 }],
  ])('names a wrong "%s"', (path, change) => {
    const json = officialConfig();
    expect(() => parseStableSyncNetConfig({ ...json, audio_encoder: { ...json.audio_encoder, ...change } })).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining(`"${path}"`) as string }),
    );
  });

  it('names an encoder that is missing', () => {
    expect(() => parseStableSyncNetConfig({ audio_encoder: officialConfig().audio_encoder })).toThrow(
      '"visual_encoder"',
    );
    expect(() => parseStableSyncNetConfig(null)).toThrow('"model" must be a mapping');
  });
});
