import { existsSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { trainPlan } from './train-plan-node.ts';

let folder: string;

const network = {
  data: { resolution: 64, audio_feat_length: [2, 2] },
  audio_encoder: { n_mels: 80, n_audio_ctx: 1500, n_audio_state: 8, n_audio_head: 2, n_audio_layer: 1 },
  vae: { block_out_channels: [4], layers_per_block: 1, latent_channels: 4, norm_num_groups: 2 },
};

const run = { max_train_steps: 2 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-plan-'));
  const model = { config: 'config.yaml' };
  const files = {
    config: network,
    audio: { model, run, data: { batch_size: 1, window_seconds: 1, speech_pieces: 1 } },
    vae: { model, run, data: { batch_size: 1, patch_size: 16 } },
    larger: { ...network, data: { ...network.data, resolution: 128 } },
    'larger-vae': { model: { config: 'larger.yaml' }, run, data: { batch_size: 1, patch_size: 16 } },
    uneven: {
      clips: { count: 1, seconds: 1 },
      runs: [
        { name: 'hearing', network: 'audio', config: 'audio.yaml' },
        { name: 'seeing', network: 'vae', config: 'larger-vae.yaml' },
      ],
      weights: {},
    },
    plan: {
      clips: { count: 1, seconds: 1 },
      runs: [
        { name: 'hearing', network: 'audio', config: 'audio.yaml' },
        { name: 'seeing', network: 'vae', config: 'vae.yaml' },
      ],
      weights: { whisper: 'hearing', vae: 'seeing' },
    },
    unknown: { clips: { count: 1, seconds: 1 }, runs: [{ name: 'a', network: 'gan', config: 'a.yaml' }], weights: {} },
    reserved: {
      clips: { count: 1, seconds: 1 },
      runs: [{ name: 'clips', network: 'vae', config: 'vae.yaml' }],
      weights: {},
    },
    mute: { clips: { count: 1, seconds: 1, speech: ['nobody'] }, runs: [], weights: {} },
    misspelled: { clips: { count: 1, seconds: 1, second: 2 }, runs: [], weights: {} },
    short: { clips: { count: 1, seconds: 0.5 }, runs: [], weights: {} },
    dangling: { clips: { count: 1, seconds: 1 }, runs: [], weights: { vae: 'seeing' } },
  };
  for (const [name, contents] of Object.entries(files))
    await writeFile(join(folder, `${name}.yaml`), stringify(contents));
});

afterAll(() => rm(folder, { recursive: true }));

it('makes clips and trains every network, and does nothing twice', async () => {
  const output = join(folder, 'model');
  const parts: string[] = [];
  const options = { plan: join(folder, 'plan.yaml'), output, threads: 1, onPart: (name: string) => parts.push(name) };
  const stopped = await trainPlan({ ...options, minutes: 0.001 / 60 });
  expect(stopped.finished).toBe(false);
  expect(existsSync(join(output, 'weights'))).toBe(false);
  const { finished, weights } = await trainPlan(options);
  expect(finished).toBe(true);
  expect(weights).toEqual({
    whisper: join(output, 'weights', 'whisper.safetensors'),
    vae: join(output, 'weights', 'vae.safetensors'),
  });
  const made = (await stat(join(output, 'seeing', 'weights.safetensors'))).mtimeMs;
  await cp(join(output, 'seeing'), join(folder, 'first-seeing'), { recursive: true });
  parts.length = 0;
  await trainPlan(options);
  expect(parts).toEqual(['clips']);
  expect((await stat(join(output, 'seeing', 'weights.safetensors'))).mtimeMs).toBe(made);

  const change = async (file: string, from: string, to: string): Promise<void> =>
    writeFile(join(folder, file), (await readFile(join(folder, file), 'utf8')).replace(from, to));
  await change('vae.yaml', 'batch_size: 1', 'batch_size: 2');
  await expect(trainPlan(options)).rejects.toThrow(/seeing was started with settings that differ .*: its recipe\.\n/);
  await change('vae.yaml', 'batch_size: 2', 'batch_size: 1 # as before');
  await change('config.yaml', 'norm_num_groups: 2', 'norm_num_groups: 4');
  await expect(trainPlan(options)).rejects.toThrow(/hearing was started .*: the model's configuration\.\n/);
  await change('config.yaml', 'norm_num_groups: 4', 'norm_num_groups: 2');
  await rm(join(output, 'seeing'), { recursive: true });
  await change('vae.yaml', 'run:', 'ckpt:\n  resume_ckpt_path: older/weights.safetensors\nrun:');
  await cp(join(folder, 'first-seeing'), join(output, 'older'), { recursive: true });
  await trainPlan(options);
  await appendFile(join(output, 'older', 'weights.safetensors'), ' ');
  await expect(trainPlan(options)).rejects.toThrow(/seeing was started .*: the weights that it builds on\.\n/);
  await rm(join(output, 'hearing', 'made-of.json'));
  await expect(trainPlan(options)).rejects.toThrow(/hearing contains a run, but no made-of\.json/);
}, 180_000);

it('refuses plans that cannot be meant', async () => {
  const refusal = (name: string): Promise<unknown> =>
    trainPlan({ plan: join(folder, `${name}.yaml`), output: join(folder, 'refused') });
  await expect(refusal('unknown')).rejects.toThrow('"network" of run a must be one of vae, audio, unet, syncnet');
  await expect(refusal('dangling')).rejects.toThrow('"weights" names a run that does not exist: seeing');
  await expect(refusal('reserved')).rejects.toThrow('the name clips is already taken');
  await expect(refusal('misspelled')).rejects.toThrow('"clips" must have only count, seconds, speech (got second)');
  await expect(refusal('mute')).rejects.toThrow('"clips.speech" must be a list of some of flite, festival, synthetic');
  await expect(refusal('short')).rejects.toThrow('"clips.seconds" must be a number from 1 to 60');
  await expect(refusal('uneven')).rejects.toThrow('faces of different sizes: 64, 128 pixels');
  await expect(refusal('none')).rejects.toMatchObject({ code: 'file-not-found' });
  await expect(refusal('config')).rejects.toThrow('it must have "clips", a list "runs", and "weights"');
});
