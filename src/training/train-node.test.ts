// The loop: losses, interruptions, and what it begins with.
import { cpSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallVaeConfig } from '../../test/support/small-vae.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { AutoencoderKL, type AutoencoderKLConfig } from '../models/autoencoder-kl.ts';
import { WhisperEncoder, whisperPositions } from '../models/whisper-encoder.ts';
import { checkWeights } from '../nn/weights.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { ClipSet } from './data/clip-set-node.ts';
import { PIECE_SECONDS, type SpeechPiece } from './data/speech-set-node.ts';
import { writeTrainingClip } from './data/training-clip-node.ts';
import { audioTask } from './recipes/audio.ts';
import { vaeTask, type VaeRecipeSettings } from './recipes/vae.ts';
import { MOUTH_NAMES } from '../synthetic/expression.ts';
import { SeededRandom } from '../synthetic/random.ts';
import { train, type TrainingSettings, type TrainOptions } from './train-node.ts';
import { readTrainingState } from './training-state-node.ts';
import { parseTrainingLog, type TrainingLogEntry } from './training-log.ts';
import type { TrainingTask } from './training-task.ts';

const RESOLUTION = 32;
/** It is the loop that is tested: the fewer layers, the sooner their gradients are loaded. */
const config: AutoencoderKLConfig = { ...smallVaeConfig, blockOutChannels: [8] };
const settings: TrainingSettings = {
  maxTrainSteps: 6,
  learningRate: 2e-3,
  schedule: 'cosine',
  warmupSteps: 2,
  maxGradNorm: 1,
  weightDecay: 0.01,
  gradientAccumulationSteps: 2,
  emaDecay: 0.9,
  saveSteps: 2,
};

let folder: string;
let clips: ClipSet;
/** The log of a run without interruption, in the folder "whole". */
let whole: TrainingLogEntry[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-train-'));
  const random = new SeededRandom(1);
  for (const name of ['a', 'b']) {
    const frames = new Tensor('uint8', [4, RESOLUTION, RESOLUTION, 3], new Uint8Array(4 * RESOLUTION ** 2 * 3));
    for (let i = 0; i < frames.size; i++) frames.data[i] = 100 + 50 * Math.sin(i / 40) + random.uniform(-9, 9);
    const audio = new Int16Array((4 / 25) * 16_000);
    await writeTrainingClip(join(folder, `${name}.safetensors`), { frames, audio, frameRate: 25, origin: { name } });
  }
  clips = await ClipSet.open(folder, { resolution: RESOLUTION });
  whole = await run('whole');
});

afterAll(async () => {
  await clips[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const vaeSettings: VaeRecipeSettings = {
  seed: 3,
  batchSize: 2,
  patchSize: 16,
  mouthLossWeight: 0,
  mouthShare: 0.5,
  l1Weight: 1,
  l2Weight: 1,
  edgeWeight: 1,
  klWeight: 1e-4,
  detailWeight: 0,
  adversarialWeight: 0,
  featureWeight: 0,
  adversarialStart: 0,
  trainableModules: undefined,
};

const whisperConfig = { nMels: 80, nAudioCtx: 1500, nAudioState: 8, nAudioHead: 2, nAudioLayer: 1 };
const audioSettings = {
  seed: 1,
  batchSize: 2,
  windowSeconds: 1,
  speech: ['synthetic' as const],
  pieces: 1,
  phonemeWeight: 1,
  mouthWeight: 1,
};

function task(): TrainingTask {
  return vaeTask({ config, clips }, vaeSettings);
}

async function run(name: string, options: Partial<TrainOptions> = {}): Promise<TrainingLogEntry[]> {
  const output = join(folder, name);
  await train(task(), { output, settings, threads: 1, ...options });
  return parseTrainingLog(await readFile(join(output, 'log.jsonl'), 'utf8'));
}

const withoutTime = (log: TrainingLogEntry[]): object[] => log.map((entry) => ({ ...entry, seconds: undefined }));

describe('train', () => {
  it('lowers the loss, and writes weights that the network takes', async () => {
    const log = await run('longer', { settings: { ...settings, maxTrainSteps: 30, gradientAccumulationSteps: 1 } });
    const mean = (part: TrainingLogEntry[]): number => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(log.slice(-5))).toBeLessThan(0.8 * mean(log.slice(0, 5)));
    await using weights = await openCheckpointFile(join(folder, 'longer', 'weights.safetensors'));
    checkWeights(new AutoencoderKL(config), weights);
    expect(new Set(Array.from(weights.tensors.values(), ({ dtype }) => dtype))).toEqual(new Set(['float16']));
  });

  it('has the weights looked at every so many steps, and at the end', async () => {
    const seen: number[] = [];
    await run('validated', {
      validation: {
        steps: 4,
        run: async (step, writeWeights) => {
          seen.push(step);
          await writeWeights(join(folder, 'looked-at.safetensors'));
          await using weights = await openCheckpointFile(join(folder, 'looked-at.safetensors'));
          checkWeights(new AutoencoderKL(config), weights);
        },
      },
    });
    expect(seen).toEqual([4, 6]);
  });

  it('continues after an interruption as if there had been none', async () => {
    const interruption = new AbortController();
    await expect(
      run('parts', {
        signal: interruption.signal,
        onStep: ({ step }) => {
          if (step === 3) interruption.abort();
        },
      }),
    ).rejects.toMatchObject({ code: 'aborted' });
    const resumed = await run('parts');
    expect(resumed.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(withoutTime(resumed)).toEqual(withoutTime(whole));
    const read = async (name: string): Promise<Buffer> => readFile(join(folder, name, 'weights.safetensors'));
    expect(await read('parts')).toEqual(await read('whole'));
  });

  it('runs the batches of a step at the same time, with the same losses', async () => {
    const together = await run('together', { threads: 2 });
    expect(withoutTime(together)).toEqual(withoutTime(whole));
  });

  it('does again the steps after the last state when it was killed', async () => {
    const killed = join(folder, 'killed');
    await run('living', {
      onStep: ({ step }) => {
        if (step === 5) cpSync(join(folder, 'living'), killed, { recursive: true }); // the state is of step 4
      },
    });
    await appendFile(join(killed, 'log.jsonl'), '{"step": 6, "lo');
    const done: number[] = [];
    const resumed = await run('killed', { onStep: ({ step }) => done.push(step) });
    expect(done).toEqual([5, 6]);
    expect(withoutTime(resumed)).toEqual(withoutTime(whole));
  });

  it('writes the state even when a batch that is no longer needed cannot be made', async () => {
    const faulty = { ...task() };
    const { batch } = faulty;
    faulty.batch = (step, part) => (step === 3 ? Promise.reject(new Error('gone')) : batch(step, part));
    const output = join(folder, 'faulty');
    const interruption = new AbortController();
    const onStep = ({ step }: TrainingLogEntry): void => {
      if (step === 3) interruption.abort();
    };
    const training = train(faulty, {
      output,
      settings: { ...settings, saveSteps: 100 },
      signal: interruption.signal,
      onStep,
    });
    await expect(training).rejects.toMatchObject({ code: 'aborted' });
    const done: number[] = [];
    await train(task(), { output, settings, onStep: ({ step }) => done.push(step) });
    expect(done).toEqual([4, 5, 6]);
  });

  it('says nothing of a loss before the first step', async () => {
    const result = await train(task(), { output: join(folder, 'none'), settings, threads: 1, minutes: 0 });
    expect(result).toMatchObject({ step: 0, loss: undefined, finished: false, weights: undefined });
  });

  it.each([{ threads: 0 }, { threads: 0.5 }, { minutes: -1 }])('refuses %j', async (options) => {
    await expect(run('refused', options)).rejects.toThrow(RangeError);
  });

  it('says when the folder of the run cannot be made, or a file in it not be written', async () => {
    const output = join(folder, 'a.safetensors', 'run');
    await expect(train(task(), { output, settings })).rejects.toMatchObject({ code: 'output-not-writable' });
    await mkdir(join(folder, 'blocked', 'loss.svg'), { recursive: true });
    const blocked = train(task(), {
      output: join(folder, 'blocked'),
      settings: { ...settings, maxTrainSteps: 1 },
      threads: 1,
    });
    await expect(blocked).rejects.toMatchObject({ code: 'output-not-writable' });
  });

  it('refuses a folder with the run of another network', async () => {
    const other = vaeTask({ config: { ...config, latentChannels: 2 }, clips }, vaeSettings);
    await expect(train(other, { output: join(folder, 'whole'), settings })).rejects.toThrow(/state of another network/);
  });

  it('trains parts of a network that was trained before, and leaves the others as they were', async () => {
    await using before = await openCheckpointFile(join(folder, 'whole', 'weights.safetensors'));
    const decoder = vaeTask({ config, clips, checkpoint: before }, { ...vaeSettings, trainableModules: ['decoder.'] });
    const output = join(folder, 'decoder');
    await train(decoder, { output, settings: { ...settings, maxTrainSteps: 2 }, threads: 1 });
    await using after = await openCheckpointFile(join(output, 'weights.safetensors'));
    checkWeights(new AutoencoderKL(config), after);
    for (const key of ['encoder.conv_in.weight', 'decoder.conv_in.weight']) {
      const same = Buffer.compare((await before.read(key)).bytes, (await after.read(key)).bytes) === 0;
      expect({ key, same }).toEqual({ key, same: key.startsWith('encoder.') });
    }
  });

  it('refuses to go on from weights of another network', async () => {
    await using checkpoint = await openCheckpointFile(join(folder, 'whole', 'weights.safetensors'));
    await using clip = await openCheckpointFile(join(folder, 'a.safetensors'));
    const wider = vaeTask({ config: { ...config, latentChannels: 2 }, clips, checkpoint }, vaeSettings);
    const other = vaeTask({ config, clips, checkpoint: clip }, vaeSettings);
    const listening = audioTask({ config: whisperConfig, speech: [], checkpoint }, audioSettings);
    for (const mismatched of [wider, other, listening])
      await expect(train(mismatched, { output: join(folder, 'mismatched'), settings })).rejects.toMatchObject({
        code: 'checkpoint-mismatch',
      });
  });

  it('stops when the loss is not a number, and keeps the last state', async () => {
    await run('diverging', { settings: { ...settings, maxTrainSteps: 2 } });
    const diverging = run('diverging', { settings: { ...settings, learningRate: 1e30, maxGradNorm: 1e30 } });
    await expect(diverging).rejects.toMatchObject({ code: 'training-diverged' });
    const state = await readTrainingState(join(folder, 'diverging', 'state.safetensors'), task().layout);
    expect(state!.step).toBe(2);
    expect(state!.parameters.every((value) => Math.abs(value) < 10)).toBe(true);
  });

  it('trains an audio encoder on windows anywhere in it, and writes it without what only training needs', async () => {
    const rows = PIECE_SECONDS * 50;
    const piece: SpeechPiece = {
      mel: Tensor.float32([80, 2 * rows], new Float32Array(80 * 2 * rows).fill(0.1)),
      phonemes: new Int32Array(rows),
      mouth: Tensor.float32([rows, MOUTH_NAMES.length]),
    };
    const audio = audioTask({ config: whisperConfig, speech: [piece] }, audioSettings);
    const output = join(folder, 'audio');
    await train(audio, { output, settings: { ...settings, maxTrainSteps: 2 }, threads: 1 });
    await using weights = await openCheckpointFile(join(output, 'weights.safetensors'));
    checkWeights(new WhisperEncoder(whisperConfig), weights);
    const table = toFloat32(await weights.read('positional_embedding')).data;
    const expected = whisperPositions(1500, 8);
    expect(table.every((value, i) => Math.abs(value - expected[i]) < 1e-3)).toBe(true);
  });
});
