// The commands that train, run for real: clips, networks of a few channels, and a whole plan.
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { eventsOf, runCommand, type CommandResult } from '../support/run-command.ts';

const network = {
  data: { resolution: 128 },
  audio_encoder: { n_mels: 80, n_audio_ctx: 1500, n_audio_state: 8, n_audio_head: 2, n_audio_layer: 1 },
  vae: { block_out_channels: [4, 4, 4, 4], layers_per_block: 1, latent_channels: 4, norm_num_groups: 2 },
};

let folder = '';
const run = (...words: string[]): Promise<CommandResult> => runCommand(['train', ...words], { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-e2e-train-'));
  const model = { config: 'config.yaml' };
  const files = {
    config: network,
    vae: { model, run: { max_train_steps: 2 }, data: { batch_size: 1, patch_size: 16 } },
    plan: {
      clips: { count: 1, seconds: 1 },
      runs: [{ name: 'seeing', network: 'vae', config: 'vae.yaml' }],
      weights: { vae: 'seeing' },
    },
  };
  for (const [name, contents] of Object.entries(files))
    await writeFile(join(folder, `${name}.yaml`), stringify(contents));
});
afterAll(() => rm(folder, { recursive: true }));

it('renders clips, trains a network in two sittings, and carries out a plan', { timeout: 90_000 }, async () => {
  const clips = await run('data', '-o', 'clips', '--clips', '1', '--seconds', '1', '--json');
  expect(clips.status).toBe(0);
  expect(eventsOf(clips).at(-1)).toMatchObject({ event: 'result', clips: 1, kept: 0, frames: 25 });

  const vae = ['vae', '--recipe', 'vae.yaml', '--data', 'clips', '-o', 'run'];
  const none = await run(...vae, '--minutes', '0');
  expect(none.status).toBe(0);
  expect(none.stdout).toMatch(/^0 steps done, in .*\nNot finished\. The same command resumes it\.\n/);
  const done = await run(...vae, '--threads', '1');
  expect(done.status).toBe(0);
  expect(done.stdout).toMatch(/^2 steps done, loss [\d.]+, in .*\nrun\/weights\.safetensors\n/);

  const plan = ['plan', '--plan', 'plan.yaml', '-o', 'model'];
  const unfinished = await run(...plan, '--minutes', '0');
  expect(unfinished).toMatchObject({ status: 0, stdout: 'clips:\nNot finished. The same command resumes it.\n' });
  await cp(join(folder, 'clips'), join(folder, 'model', 'clips'), { recursive: true }); // the plan's, done already
  const finished = await run(...plan, '--json');
  expect(eventsOf(finished).at(-1)).toMatchObject({ event: 'result', finished: true });
  expect(await readdir(join(folder, 'model', 'weights'))).toEqual(['vae.safetensors']);
});

it.each([
  [
    ['plan', '--plan', 'plan.yaml', '-o', 'x', '--minutes', '-1'],
    '--minutes must be a number from 0 to 30000 (got -1).',
  ],
  [
    ['vae', '--recipe', 'vae.yaml', '--data', 'clips', '-o', 'x', '--threads', '0'],
    '--threads must be an integer from',
  ],
  [
    ['data', '--videos', 'footage', '-o', 'x', '--clips', '3'],
    '--clips must be left out with --videos: it is for synthetic speakers',
  ],
  [['data', '-o', 'x', '--seconds', '100'], '--seconds must be a number from 1 to 60 (got 100).'],
  [['report', '--data', 'clips', '--syncnet', 'w.safetensors'], '--syncnet-recipe must be given with --syncnet'],
  [['report', '--data', 'clips', '--steps', 'ten'], '--steps must be a number (got "ten").'],
])('refuses %j', async (words, message) => {
  const { status, stderr } = await run(...words);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});
