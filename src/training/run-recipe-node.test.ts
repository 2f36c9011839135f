// Whole recipes, from configuration files and clips on disk to weights that the networks take.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openCheckpointFile, writeSafetensorsFile } from '../checkpoint/checkpoint-file-node.ts';
import { smallSyncNetSections } from '../../test/support/small-model.ts';
import { smallUNetSection } from '../../test/support/small-unet.ts';
import { AutoencoderKL, parseAutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { hashedCheckpoint } from '../models/hashed-weights.ts';
import { StableSyncNet } from '../models/stable-syncnet.ts';
import { parseStableSyncNetConfig } from '../models/stable-syncnet-config.ts';
import { UNet3DConditionModel } from '../models/unet-3d-condition.ts';
import { parseUNet3DConfig } from '../models/unet-3d-config.ts';
import { parseWhisperDims, WhisperEncoder } from '../models/whisper-encoder.ts';
import type { Module } from '../nn/module.ts';
import { checkWeights } from '../nn/weights.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { samplesOfFrames } from './data/training-clip.ts';
import { writeTrainingClip } from './data/training-clip-node.ts';
import { runRecipe, trainedModelConfig, type RecipeName } from './run-recipe-node.ts';
import { SeededRandom } from '../synthetic/random.ts';
import type { TrainingResult } from './train-node.ts';
import { parseTrainingLog, type TrainingLogEntry } from './training-log.ts';

const RESOLUTION = 32;
const FRAMES = 12;

const model = {
  data: { resolution: RESOLUTION, num_frames: 4, audio_feat_length: [2, 2] },
  audio_encoder: { n_mels: 80, n_audio_ctx: 1500, n_audio_state: 8, n_audio_head: 2, n_audio_layer: 1 },
  vae: { block_out_channels: [8, 8, 16, 16], layers_per_block: 1, latent_channels: 4, norm_num_groups: 4 },
  model: smallUNetSection({ channels: [32, 32], audioWidth: 8, groups: 32 }),
};

const syncModel = smallSyncNetSections(RESOLUTION);

let folder: string;

async function save(module: Module, prefix: string, name: string): Promise<void> {
  await using checkpoint = hashedCheckpoint(module, prefix);
  await writeSafetensorsFile(join(folder, name), checkpoint);
}

async function train(name: RecipeName, recipe: object, output: string): Promise<TrainingResult> {
  const config = join(folder, `${output}.yaml`);
  await writeFile(config, stringify(recipe));
  return runRecipe(name, { recipe: config, data: join(folder, 'clips'), output: join(folder, output), threads: 1 });
}

async function logOf(output: string): Promise<TrainingLogEntry[]> {
  return parseTrainingLog(await readFile(join(folder, output, 'log.jsonl'), 'utf8'));
}

const paths = { vae_path: 'vae.safetensors', whisper_path: 'whisper.safetensors' };
const optimizer = { lr: 1e-3, max_grad_norm: 1 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-recipes-'));
  await mkdir(join(folder, 'clips'));
  const random = new SeededRandom(2);
  for (const name of ['a', 'b']) {
    const frames = new Tensor(
      'uint8',
      [FRAMES, RESOLUTION, RESOLUTION, 3],
      Uint8Array.from({ length: FRAMES * RESOLUTION ** 2 * 3 }, () => random.integer(256)),
    );
    const audio = Int16Array.from({ length: samplesOfFrames(FRAMES, 25) }, () => random.integer(2000) - 1000);
    await writeTrainingClip(join(folder, 'clips', `${name}.safetensors`), {
      frames,
      audio,
      frameRate: 25,
      origin: { name },
    });
  }
  await writeFile(join(folder, 'config.yaml'), stringify(model));
  await save(new AutoencoderKL(parseAutoencoderKLConfig(model.vae)), 'vae.', 'vae.safetensors');
  await save(new WhisperEncoder(parseWhisperDims(model.audio_encoder)), 'whisper.', 'whisper.safetensors');
});

afterAll(() => rm(folder, { recursive: true }));

describe('runRecipe', () => {
  it('trains a UNet on single frames, then only its motion modules on several, and keeps the rest', async () => {
    const first = await train(
      'unet',
      {
        model: { config: 'config.yaml', use_motion_module: false },
        data: { batch_size: 4, num_frames: 1, audio_dropout: 0.5 },
        run: { max_train_steps: 12, mouth_loss_weight: 1 }, // all timesteps weigh the same, so few steps can be compared
        optimizer,
        ckpt: paths,
      },
      'stage1',
    );
    expect(first.finished).toBe(true);
    const log = await logOf('stage1');
    expect(log.slice(-3).reduce((sum, { loss }) => sum + loss, 0)).toBeLessThan(
      log.slice(0, 3).reduce((sum, { loss }) => sum + loss, 0),
    );
    const second = await train(
      'unet',
      {
        model: { config: 'config.yaml' },
        data: { batch_size: 2, num_frames: 4 },
        run: {
          max_train_steps: 2,
          trainable_modules: ['motion_modules.'],
          use_mixed_noise: true,
          mixed_noise_alpha: 1,
          snr_gamma: 1,
          snr_floor: 0.3,
          noise_offset: 0.1,
        },
        optimizer,
        ckpt: { ...paths, resume_ckpt_path: 'stage1/weights.safetensors' },
      },
      'stage2',
    );
    await using before = await openCheckpointFile(first.weights!);
    await using after = await openCheckpointFile(second.weights!);
    checkWeights(new UNet3DConditionModel(parseUNet3DConfig(model.model)), after);
    for (const key of before.tensors.keys())
      expect((await after.read(key)).bytes).toEqual((await before.read(key)).bytes);
    const moved = toFloat32(
      await after.read('down_blocks.0.motion_modules.0.temporal_transformer.proj_out.weight'),
    ).data;
    expect(moved.some((value) => value !== 0)).toBe(true);
  });

  it('prepares the pictures once, whatever is heard with them', async () => {
    const recipe = (sound_takes: number): object => ({
      model: { config: 'config.yaml', use_motion_module: false },
      data: { batch_size: 1, sound_takes },
      run: { max_train_steps: 1 },
      optimizer,
      ckpt: paths,
    });
    const written = async (file: string): Promise<number> => (await stat(join(folder, 'prepared', file))).mtimeMs;
    await train('unet', recipe(1), 'own-sound');
    const before = await written('a.pictures.safetensors');
    await train('unet', recipe(2), 'two-takes');
    expect(await written('a.pictures.safetensors')).toBe(before);
    expect(await written('b.sound1.safetensors')).toBeGreaterThan(await written('b.sound0.safetensors'));
  });

  it("predicts what the model's scheduler section says", async () => {
    await writeFile(
      join(folder, 'velocity.yaml'),
      stringify({ ...model, scheduler: { prediction_type: 'v_prediction' } }),
    );
    const firstLoss = async (config: string): Promise<number> => {
      const recipe = {
        model: { config, use_motion_module: false },
        data: { batch_size: 2 },
        run: { max_train_steps: 1 },
        ckpt: paths,
      };
      await train('unet', recipe, `first-${config}`);
      return (await logOf(`first-${config}`))[0].loss;
    };
    expect(await firstLoss('velocity.yaml')).not.toBeCloseTo(await firstLoss('config.yaml'), 2);
    await writeFile(join(folder, 'wrong.yaml'), stringify({ ...model, scheduler: { prediction_type: 'noise' } }));
    await expect(firstLoss('wrong.yaml')).rejects.toThrow('prediction_type must be one of');
    await writeFile(join(folder, 'wrong.yaml'), stringify({ ...model, data: { audio_feat_length: 2 } }));
    await expect(firstLoss('wrong.yaml')).rejects.toThrow('"data.audio_feat_length" in');
  });

  it('trains a StableSyncNet, and with it a UNet by what its frames show', async () => {
    const recipe = {
      model: { config: 'config.yaml', ...syncModel },
      data: { batch_size: 4, num_frames: 4, min_shift: 3 },
      run: { max_train_steps: 3 },
      optimizer,
    };
    const { weights } = await train('syncnet', recipe, 'syncnet');
    await using checkpoint = await openCheckpointFile(weights!);
    checkWeights(new StableSyncNet(parseStableSyncNetConfig(syncModel)), checkpoint);
    // Of 4 right and 12 wrong comparisons, each kind counts as half.
    for (const { accuracy } of await logOf('syncnet'))
      expect(Math.abs(((accuracy * 24 + 0.5) % 1) - 0.5)).toBeLessThan(1e-4);

    const judged = {
      model: { config: 'config.yaml', use_motion_module: false },
      data: { batch_size: 2, num_frames: 4 },
      run: { max_train_steps: 2, pixel_space_supervise: true, use_syncnet: true },
      optimizer,
      ckpt: { ...paths, syncnet_path: 'syncnet/weights.safetensors', syncnet_config: 'syncnet.yaml' },
    };
    const unet = await train('unet', judged, 'judged');
    for (const { loss, noise_loss, recon_loss, sync_loss } of await logOf('judged')) {
      expect(loss).toBeCloseTo(noise_loss + recon_loss + 0.05 * sync_loss, 4);
      expect(Math.min(recon_loss, sync_loss)).toBeGreaterThan(0);
    }
    await using trained = await openCheckpointFile(unet.weights!);
    checkWeights(new UNet3DConditionModel(parseUNet3DConfig({ ...model.model, use_motion_module: false })), trained);
  });

  it.each([
    [{ data: { batch_sise: 4 }, ckpt: paths }, /has unknown fields: data\.batch_sise/],
    [{ run: { max_train_steps: 0 } }, /"run\.max_train_steps" in .* must be a whole number of at least 1 \(got 0\)/],
    [{ data: { audio_dropout: 1.5 } }, /"data\.audio_dropout" in .* must be a number from 0 to 1 \(got 1\.5\)/],
    [{ optimizer: { lr_scheduler: 'cosin' } }, /must be one of constant, linear, cosine \(got "cosin"\)/],
    [{ ckpt: { whisper_path: 'w.safetensors' } }, /"ckpt\.vae_path" in .* must be the name of a weights file/],
    [
      { run: { trainable_modules: ['motoin.'] }, ckpt: paths },
      /Parts of "trainable_modules" match no parameter: "motoin\."/,
    ],
    [{ model: { use_motion_modul: false }, ckpt: paths }, /"model\.use_motion_modul" in .* must be left out/],
    [{ run: { recon_loss_weight: 2 }, ckpt: paths }, /has unknown fields: run\.recon_loss_weight/],
    [
      { run: { use_syncnet: true }, ckpt: paths },
      /"run\.use_syncnet" in .* must be false without pixel_space_supervise/,
    ],
    [{ ckpt: { ...paths, syncnet_config: 'syncnet.yaml' } }, /has unknown fields: ckpt\.syncnet_config/],
    [{ optimizer: { max_grad_norm: 0 } }, /"optimizer\.max_grad_norm" in .* must be a number above 0/],
    [{ optimizer: { weight_decay: 2 } }, /"optimizer\.weight_decay" in .* must be a number from 0 to 1/],
    [{ data: { clips: 3 }, ckpt: paths }, /There are 2 training clips in .*, but 3 are needed/],
    [{ data: { num_frames: 7 }, ckpt: paths }, /No training clip has 14 frames/],
  ])('refuses a configuration that cannot be meant: %j', async (change, message) => {
    const { model: changed, ...sections } = { model: {}, ...change };
    const recipe = { model: { config: 'config.yaml', use_motion_module: true, ...changed }, ...sections };
    await expect(train('unet', recipe, 'refused')).rejects.toThrow(message);
  });

  it('refuses more windows in a batch of StableSyncNet than the clips have room for', async () => {
    const recipe = {
      model: { config: 'config.yaml', ...syncModel },
      data: { batch_size: 16, num_frames: 4, min_shift: 9 },
    };
    await expect(train('syncnet', recipe, 'crowded')).rejects.toThrow(
      /The training clips have room for \d windows of 4 frames that are 9 frames apart, but a batch has 16/,
    );
  });

  it('refuses a StableSyncNet whose last norm leaves only signs', async () => {
    const encoder = (part: 'audio_encoder' | 'visual_encoder', channels: number[]): object => ({
      ...syncModel[part],
      block_out_channels: channels,
    });
    const small = {
      audio_encoder: encoder('audio_encoder', [32, 32, 64]),
      visual_encoder: encoder('visual_encoder', [32, 64]),
    };
    const recipe = { model: { config: 'config.yaml', ...small }, data: { batch_size: 4, num_frames: 4, min_shift: 3 } };
    await expect(train('syncnet', recipe, 'signs')).rejects.toThrow(
      'The embeddings have 64 numbers, in 32 groups of 2 that are normalized',
    );
  });

  it('refuses clips that a voice of the report speaks', async () => {
    const clips = join(folder, 'spoken');
    await mkdir(clips);
    await writeTrainingClip(join(clips, 'a.safetensors'), {
      frames: new Tensor('uint8', [1, RESOLUTION, RESOLUTION, 3], new Uint8Array(3 * RESOLUTION ** 2)),
      audio: new Int16Array(samplesOfFrames(1, 25)),
      frameRate: 25,
      origin: { speech: '{"program":"festival","voice":"lp_diphone"}' },
    });
    const recipe = join(folder, 'vae.yaml');
    await writeFile(recipe, stringify({ model: { config: 'config.yaml' } }));
    const training = runRecipe('vae', { recipe, data: clips, output: join(folder, 'never') });
    await expect(training).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(/a\.safetensors is spoken by lp_diphone, a voice that only reports/) as string,
    });
  });

  it('refuses configurations and clips that are not there', async () => {
    const options = { recipe: join(folder, 'none.yaml'), output: join(folder, 'none') };
    await expect(runRecipe('audio', options)).rejects.toMatchObject({ code: 'file-not-found' });
    const config = join(folder, 'vae.yaml');
    await writeFile(config, stringify({ model: { config: 'config.yaml' } }));
    await expect(runRecipe('vae', { ...options, recipe: config, data: join(folder, 'empty') })).rejects.toThrow(
      /There are no training clips in .*empty/,
    );
  });
});

it('tells the configuration of the model that a recipe trains, with what the recipe replaces', async () => {
  const recipe = join(folder, 'told.yaml');
  const text = await readFile(join(folder, 'config.yaml'), 'utf8');
  await writeFile(recipe, stringify({ model: { config: 'config.yaml' } }));
  expect(await trainedModelConfig(recipe)).toBe(text);
  await writeFile(recipe, stringify({ model: { config: 'config.yaml', use_motion_module: false } }));
  const own = parse(text) as { model: object };
  expect(parse(await trainedModelConfig(recipe))).toEqual({
    ...own,
    model: { ...own.model, use_motion_module: false },
  });
  await writeFile(recipe, stringify({ model: { config: 'config.yaml', use_motion_modul: false } }));
  await expect(trainedModelConfig(recipe)).rejects.toMatchObject({ code: 'config-invalid' });
});
