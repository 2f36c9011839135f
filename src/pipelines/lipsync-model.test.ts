import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { writeSafetensorsFile, writeTorchZipFile } from '../checkpoint/checkpoint-file-node.ts';
import { renameKeys, selectKeys, selectPrefix } from '../checkpoint/checkpoint-views.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { AutoencoderKL, parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { AutoencoderTiny } from '../models/autoencoder-tiny.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { UNet3DConditionModel } from '../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims, WhisperEncoder } from '../models/whisper-encoder.ts';
import { toFloat32 } from '../tensor/tensor.ts';
import { CheckpointMismatchError } from '../util/errors.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';

const unetConfig = {
  block_out_channels: [32, 32],
  cross_attention_dim: 16,
  layers_per_block: 1,
  norm_num_groups: 8,
  in_channels: 13,
  attention_head_dim: 2,
};
const vaeConfig = { block_out_channels: [8, 8, 8, 8], latent_channels: 4, norm_num_groups: 4 };
const dims = { n_mels: 80, n_audio_ctx: 1500, n_audio_state: 16, n_audio_head: 2, n_audio_layer: 1 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentsync-model-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Writes a small model in the layout of the official downloads. */
async function writeModelFiles(
  name: string,
  change: { unet?: object; dims?: object; withoutUnetKey?: string; resolution?: number } = {},
): Promise<string> {
  const folder = join(root, name);
  await mkdir(join(folder, 'whisper'), { recursive: true });
  await mkdir(join(folder, 'sd-vae-ft-mse'));
  const model = { ...unetConfig, ...change.unet };
  await writeFile(join(folder, 'config.yaml'), stringify({ data: { resolution: change.resolution ?? 64 }, model }));
  await writeFile(join(folder, 'scheduler_config.json'), '{}');
  await writeFile(join(folder, 'sd-vae-ft-mse/config.json'), JSON.stringify(vaeConfig));
  const unet = hashedCheckpoint(new UNet3DConditionModel(parseUNet3DConfig(unetConfig)), 'unet.');
  const kept = selectKeys(unet, (key) => key !== change.withoutUnetKey);
  await writeTorchZipFile(join(folder, 'latentsync_unet.pt'), kept, { wrapper: 'state_dict' });
  const whisper = hashedCheckpoint(new WhisperEncoder(parseWhisperDims(dims)), 'whisper.');
  const prefixed = {
    tensors: new Map(Array.from(whisper.tensors, ([key, tensor]) => [`encoder.${key}`, tensor])),
    read: (key: string) => whisper.read(key.slice('encoder.'.length)),
  };
  await writeTorchZipFile(join(folder, 'whisper/tiny.pt'), prefixed, {
    wrapper: 'model_state_dict',
    extra: { dims: { ...dims, ...change.dims } },
  });
  const vae = hashedCheckpoint(new AutoencoderKL(parseAutoencoderKLConfig(vaeConfig)), 'vae.');
  await writeSafetensorsFile(join(folder, 'sd-vae-ft-mse/diffusion_pytorch_model.safetensors'), vae);
  return folder;
}

/** The name of a TAESD parameter in the file that diffusers reads. */
function diffusersKey(key: string): string {
  const [half, layer, ...rest] = key.split('.');
  return [half, 'layers', Number(layer) - (half === 'decoder' ? 1 : 0), ...rest].join('.');
}

describe('openLipsyncModel', () => {
  it('opens a folder of files laid out as the official downloads are', async () => {
    await using model = await openLipsyncModel(await writeModelFiles('whole'));
    expect(model.defaults).toMatchObject({ resolution: 64, numFrames: 16, audioFeatLength: [2, 2] });
    expect(model.whisper.network.config.nAudioState).toBe(16);
    expect(model.unet.weights.tensors.get('conv_in.weight')?.location).toBeDefined();
  });

  it('names every tensor that does not fit, in one error', async () => {
    const folder = await writeModelFiles('misfit', {
      unet: { layers_per_block: 2 },
      withoutUnetKey: 'conv_in.bias',
    });
    const error = await openLipsyncModel(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    const { missing, misshaped } = error as CheckpointMismatchError;
    expect(missing).toContain('conv_in.bias');
    expect(missing).toContain('down_blocks.0.resnets.1.conv1.weight');
    expect(misshaped.map(({ key }) => key)).toEqual([]);
    expect((error as CheckpointMismatchError).message).toContain('latentsync_unet.pt does not fit');
  });

  it('tells when the networks do not fit each other', async () => {
    const folder = await writeModelFiles('other-audio', { unet: { cross_attention_dim: 24 } });
    await expect(openLipsyncModel(folder)).rejects.toThrow(
      'the UNet attends to 24 channels, but the audio encoder produces 16',
    );
    const heads = await writeModelFiles('heads', { unet: { attention_head_dim: 7 } });
    await expect(openLipsyncModel(heads)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/heads: 32 channels cannot form 7 attention heads\.\nUse/) as string,
    });
    const uneven = await writeModelFiles('uneven', { resolution: 72 });
    await expect(openLipsyncModel(uneven)).rejects.toThrow('the resolution must be a multiple of 16 (got 72)');
  });

  it('tells of a Whisper file without sizes', async () => {
    const folder = await writeModelFiles('no-dims', { dims: { n_audio_state: 'wide' } });
    await expect(openLipsyncModel(folder)).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('opens a TAESD in the place of its autoencoder, in each of the published forms', async () => {
    const folder = await writeModelFiles('with-taesd');
    const taesd = hashedCheckpoint(new AutoencoderTiny(), 'taesd.');
    const half = (name: string): Checkpoint => selectPrefix(taesd, `${name}.`);
    const forms: Record<string, (directory: string) => Promise<void>> = {
      whole: async (directory) => {
        const path = join(directory, 'diffusion_pytorch_model.safetensors');
        await writeSafetensorsFile(path, renameKeys(taesd, diffusersKey));
      },
      safetensors: async (directory) => {
        await writeSafetensorsFile(join(directory, 'taesd_encoder.safetensors'), half('encoder'));
        await writeSafetensorsFile(join(directory, 'taesd_decoder.safetensors'), half('decoder'));
      },
      pth: async (directory) => {
        await writeTorchZipFile(join(directory, 'taesd_encoder.pth'), half('encoder'));
        await writeTorchZipFile(join(directory, 'taesd_decoder.pth'), half('decoder'));
      },
    };
    for (const [form, write] of Object.entries(forms)) {
      const vae = join(root, `taesd-${form}`);
      await mkdir(vae);
      await write(vae);
      await using model = await openLipsyncModel(folder, { vae });
      expect(model.vae.network).toBeInstanceOf(AutoencoderTiny);
      expect(model.noiseShape).toEqual([1, 4, 1, 8, 8]);
      expect(model.weightFiles.vae).toHaveLength(form === 'whole' ? 1 : 2);
      for (const key of ['encoder.14.bias', 'decoder.1.weight', 'decoder.19.bias']) {
        expect(toFloat32(await model.vae.weights.read(key))).toEqual(await taesd.read(key));
      }
    }
    await rm(join(root, 'taesd-pth/taesd_encoder.pth'));
    await expect(openLipsyncModel(folder, { vae: join(root, 'taesd-pth') })).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(/nor taesd_encoder.safetensors or .pth is there/) as string,
    });
    const kept = selectKeys(half('decoder'), (key) => key !== '19.bias');
    await writeSafetensorsFile(join(root, 'taesd-safetensors/taesd_decoder.safetensors'), kept);
    const error = await openLipsyncModel(folder, { vae: join(root, 'taesd-safetensors') }).catch((e: unknown) => e);
    expect(error).toMatchObject({ missing: ['decoder.19.bias'], unexpected: [], misshaped: [] });
  });

  it('opens no other autoencoder where it does not fit, or is not there', async () => {
    await expect(openLipsyncModel('tiny', { vae: 'taesd' })).rejects.toThrow(
      'options.vae must be kl with model tiny, whose latents are its own (got "taesd")',
    );
    await expect(openLipsyncModel('taesd')).rejects.toThrow(/not a model, but an autoencoder.*\nSet/);
    const folder = await writeModelFiles('without-taesd');
    await expect(openLipsyncModel(folder, { vae: 'taesd', cache: root })).rejects.toMatchObject({
      code: 'model-not-downloaded',
      message: expect.stringMatching(/taesd has no weights\.\nRun .*taesd.* \(9\.\d+ MB\)/) as string,
    });
  });

  it('opens the embedded model from its own files', async () => {
    await using model = await openLipsyncModel('tiny');
    expect(model.defaults.resolution).toBe(128);
    for (const { weights } of [model.unet, model.vae, model.whisper])
      expect(weights.path).toMatch(/tiny.*safetensors$/);
  });
});
