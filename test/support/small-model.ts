// A model folder laid out as the official downloads are, with networks so small that a test can run them.
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { writeSafetensorsFile, writeTorchZipFile } from '../../src/checkpoint/checkpoint-file-node.ts';
import { AutoencoderKL, parseAutoencoderKLConfig } from '../../src/models/autoencoder-kl.ts';
import { hashedCheckpoint } from '../../src/models/hashed-weights.ts';
import { UNet3DConditionModel } from '../../src/models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../../src/models/unet-3d-config.ts';
import { WhisperEncoder, parseWhisperDims } from '../../src/models/whisper-encoder.ts';
import type { TensorSource } from '../../src/checkpoint/tensor-source.ts';
import type { Module } from '../../src/nn/module.ts';
import { elementCount } from '../../src/tensor/tensor.ts';

const tinyConfig = new URL('../../models/tiny/config.yaml', import.meta.url);

/** The sections of the embedded model's configuration; the official one has the first three. */
type Sections = Record<'data' | 'run' | 'model' | 'vae' | 'audio_encoder', Record<string, unknown>>;

async function smallSections(): Promise<Sections> {
  const sections = parse(await readFile(tinyConfig, 'utf8')) as Sections;
  sections.data.resolution = 64;
  sections.data.num_frames = 8;
  sections.run.inference_steps = 2;
  // Two levels have a block of every kind. To load a network takes the longer the more layers it has.
  sections.model.block_out_channels = [32, 32];
  sections.model.down_block_types = ['CrossAttnDownBlock3D', 'DownBlock3D'];
  sections.model.up_block_types = ['UpBlock3D', 'CrossAttnUpBlock3D'];
  sections.model.motion_module_kwargs = {
    ...(sections.model.motion_module_kwargs as object),
    attention_block_types: ['Temporal_Self'],
  };
  sections.vae.block_out_channels = [32, 32, 32, 32];
  sections.audio_encoder.n_audio_layer = 1;
  return sections;
}

/** Writes `config.yaml`, `latentsync_unet.pt`, `whisper/tiny.pt` and `sd-vae-ft-mse/` into a folder. */
export async function writeSmallModel(folder: string): Promise<void> {
  const { data, run, model, vae, audio_encoder: dims } = await smallSections();
  const unet = new UNet3DConditionModel(parseUNet3DConfig(model));
  const autoencoder = new AutoencoderKL(parseAutoencoderKLConfig(vae));
  const whisper = prefixed(hashedCheckpoint(new WhisperEncoder(parseWhisperDims(dims)), 'small.whisper.'), 'encoder.');
  await mkdir(join(folder, 'whisper'), { recursive: true });
  await mkdir(join(folder, 'sd-vae-ft-mse'));
  await writeFile(join(folder, 'config.yaml'), stringify({ data, run, model }));
  await writeTorchZipFile(join(folder, 'latentsync_unet.pt'), hashedCheckpoint(unet, 'small.unet.'), {
    wrapper: 'state_dict',
    extra: { global_step: 1 },
  });
  await writeTorchZipFile(join(folder, 'whisper/tiny.pt'), whisper, {
    wrapper: 'model_state_dict',
    extra: { dims: dims as Record<string, number> },
  });
  await writeFile(join(folder, 'sd-vae-ft-mse/config.json'), JSON.stringify(vae));
  await writeSafetensorsFile(
    join(folder, 'sd-vae-ft-mse/diffusion_pytorch_model.safetensors'),
    hashedCheckpoint(autoencoder, 'small.vae.'),
  );
}

function prefixed(weights: TensorSource, prefix: string): TensorSource {
  return {
    tensors: new Map([...weights.tensors].map(([key, tensor]) => [prefix + key, tensor])),
    read: (key) => weights.read(key.slice(prefix.length)),
  };
}

/**
 * Turns the UNet of a small model into one that no machine has the memory for: hundreds of gigabytes, none of them
 * written, as the file has a hole in place of its tensors.
 */
export async function makeUNetHuge(folder: string): Promise<void> {
  const { data, run, model } = await smallSections();
  model.block_out_channels = [65536, 65536];
  await writeFile(join(folder, 'config.yaml'), stringify({ data, run, model }));
  await writeHollowSafetensors(join(folder, 'latentsync_unet.pt'), new UNet3DConditionModel(parseUNet3DConfig(model)));
}

async function writeHollowSafetensors(path: string, module: Module): Promise<void> {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [key, { shape }] of module.namedParameters()) {
    const end = offset + elementCount(shape) * 4;
    header[key] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.concat([length, json]));
  await truncate(path, 8 + json.length + offset);
}

/** Sections of a StableSyncNet for 4 frames of 25 per second; both encoders end in one pixel of 128 channels. */
export function smallSyncNetSections(resolution: number): Record<'audio_encoder' | 'visual_encoder', object> {
  return {
    audio_encoder: {
      in_channels: 1,
      block_out_channels: [32, 32, 128],
      downsample_factors: [4, 4, [5, 1]],
      attn_blocks: [0, 0, 0],
    },
    visual_encoder: {
      in_channels: 12,
      block_out_channels: [32, 128],
      downsample_factors: [resolution / 8, [4, 8]],
      attn_blocks: [0, 0],
    },
  };
}
