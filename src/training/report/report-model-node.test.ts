// A model measured from end to end: a small one with random weights, on clips of two faces, with its files and its faults.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { facePicture } from '../../../test/support/face-pictures.ts';
import { smallSyncNetSections, writeSmallModel } from '../../../test/support/small-model.ts';
import { encodeWav } from '../../audio/wav.ts';
import { writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { hashedCheckpoint } from '../../models/hashed-weights.ts';
import { StableSyncNet } from '../../models/stable-syncnet.ts';
import { parseStableSyncNetConfig } from '../../models/stable-syncnet-config.ts';
import { openFaceMesh } from '../../pipelines/faces/face-landmarker-node.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { cropImage } from '../../vision/contact-sheet.ts';
import type { Image8 } from '../../tensor/image.ts';
import { resizeArea } from '../../vision/resize.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { labelRows, samplesOfFrames } from '../data/training-clip.ts';
import { writeTrainingClip } from '../data/training-clip-node.ts';
import { measureMouth } from '../../evaluation/mouth-track.ts';
import type { Faces } from '../../evaluation/picture-quality.ts';
import { reportModel } from './report-model-node.ts';

const FRAMES = 10;
let folder: string;
let model: string;
let data: string;
let speech: string;
let judge: { syncnet: string; syncnetRecipe: string };
const syncModel = smallSyncNetSections(64);

/** Frames of a size, in turn of each picture. */
function facesOf(pictures: readonly Image8[], frames: number, size: number): Faces {
  const faces = new Tensor('uint8', [frames, size, size, 3], new Uint8Array(frames * size * size * 3));
  const small = pictures.map((picture) =>
    resizeArea(cropImage(picture, { x: 40, y: 30, width: 176, height: 176 }), size, size),
  );
  for (let pixel = 0; pixel < frames * size * size; pixel++) {
    const { data: from } = small[Math.floor(pixel / (size * size)) % small.length];
    for (let c = 0; c < 3; c++) faces.data[3 * pixel + c] = from[4 * (pixel % (size * size)) + c];
  }
  return faces;
}

/** Writes a clip of two faces that take turns, with noise for a sound. */
async function writeClip(name: string, options: { person: number; labeled: boolean }): Promise<void> {
  const samples = samplesOfFrames(FRAMES, 25);
  const rows = labelRows(samples);
  const pictures = [facePicture('closed'), facePicture('open-turned')];
  await writeTrainingClip(join(data, name), {
    frames: facesOf(pictures, FRAMES, 64),
    audio: Int16Array.from({ length: samples }, (_, i) => ((i * 7919 + options.person) % 4001) - 2000),
    frameRate: 25,
    origin: { source: 'synthetic', person: String(options.person) },
    labels: options.labeled
      ? {
          opening: Float32Array.from({ length: FRAMES }, (_, i) => i % 2),
          width: Float32Array.from({ length: FRAMES }, (_, i) => 5 - (i % 2)),
          phonemes: Int32Array.from({ length: rows }, (_, i) => i % 3),
          mouth: new Float32Array(rows * MOUTH_NAMES.length),
        }
      : undefined,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-report-'));
  model = join(folder, 'model');
  data = join(folder, 'clips');
  speech = join(folder, 'speech.wav');
  const loud = Float32Array.from({ length: 9600 }, (_, i) => 0.3 * Math.sin(i / 9) * Math.sin(i / 900));
  await writeFile(speech, encodeWav({ sampleRate: 16_000, channels: [loud] }));
  await mkdir(model);
  await mkdir(data);
  await writeSmallModel(model);
  judge = { syncnet: join(folder, 'syncnet.safetensors'), syncnetRecipe: join(folder, 'syncnet.yaml') };
  const network = new StableSyncNet(parseStableSyncNetConfig(syncModel));
  await writeSafetensorsFile(judge.syncnet, hashedCheckpoint(network, 'small.syncnet.'));
  await writeFile(judge.syncnetRecipe, stringify({ model: { config: 'config.yaml', ...syncModel } }));
  await writeClip('a.safetensors', { person: 1_001_000_000, labeled: true });
  await writeClip('b.safetensors', { person: 1_001_000_001, labeled: true });
});
afterAll(() => rm(folder, { recursive: true }));

describe('reportModel', () => {
  it('measures a model, and writes figures and a picture', async () => {
    const output = join(folder, 'report');
    const stages = new Map<string, { done: number; total: number | undefined }>();
    const report = await reportModel({
      data,
      model,
      clips: 2,
      steps: [1, 2],
      speech: [speech],
      recordedVoices: false,
      ...judge,
      output,
      threads: 1,
      onProgress: ({ stage, done, total }) => stages.set(stage, { done, total }),
    });
    expect(report).toMatchObject({ heldOut: true, steps: 1 });
    expect(report.figures.map(({ name }) => name)).toEqual([
      'opening.correlation',
      'opening.shift',
      'opening.wrong-sound',
      'lips.closed',
      'silence.movement',
      'width.correlation',
      'own-sound.psnr',
      'own-sound.ssim',
      'own-sound.flicker',
      'outside.change',
      'sync.together',
      'sync.shifted',
      'sync.shift',
      'speech.correlation',
      'steps.1-not-2',
    ]);
    // Random weights draw no mouth, but leave alone what is not theirs.
    expect(report.missed).toContain('own-sound.psnr');
    expect(report.figures.find(({ name }) => name === 'outside.change')?.value).toBe(0);
    const judged = report.figures.find(({ name }) => name === 'sync.together')!;
    // Each of the two clips has seven windows.
    for (const value of [judged.value, judged.originals!])
      expect((value * 14) / 100).toBeCloseTo(Math.round((value * 14) / 100));
    expect(report.clips.map(({ name, drivenBy }) => [name, drivenBy])).toEqual([
      ['a.safetensors', 'b.safetensors'],
      ['b.safetensors', 'a.safetensors'],
    ]);
    const { done, total } = stages.get('report')!;
    expect(done).toBe(total);

    expect((await readdir(output)).sort()).toEqual(['contact-sheet.png', 'report.json']);
    const written = JSON.parse(await readFile(join(output, 'report.json'), 'utf8')) as object;
    expect(written).toEqual(JSON.parse(JSON.stringify(report)));
    const { width, height } = PNG.sync.read(await readFile(join(output, 'contact-sheet.png')));
    expect([width, height]).toEqual([8 * 72 + 8, 4 * 72 + 8]);
  });

  it('refuses options out of range before it opens anything', async () => {
    const nowhere = { data: join(folder, 'none') };
    await expect(reportModel({ ...nowhere, clips: 1 })).rejects.toThrow(
      'options.clips must be an integer from 2 to 1000 (got 1)',
    );
    await expect(reportModel({ ...nowhere, steps: [10, 0] })).rejects.toThrow(
      'options.steps must be an integer from 1 to 999 (got 0)',
    );
    await expect(reportModel({ ...nowhere, steps: [] })).rejects.toThrow('at least one value');
    await expect(reportModel({ ...nowhere, speech: [''] })).rejects.toThrow('options.speech must not be empty');
  });

  it('refuses recordings that are not there, folders with too few clips, and footage', async () => {
    const real = join(folder, 'real.wav');
    await expect(reportModel({ data, model, clips: 2, speech: [real] })).rejects.toMatchObject({
      code: 'file-not-found',
    });
    await expect(reportModel({ data, model, clips: 3 })).rejects.toThrow(
      /There are 2 training clips.*\n.*generateClips\(.*heldOut: true, clips: 3 }\)/,
    );
    await writeClip('c.safetensors', { person: 1_001_000_002, labeled: false });
    await expect(reportModel({ data, model, clips: 3 })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(/c\.safetensors has no labels.*\nUse synthetic clips/) as string,
    });
    await rm(join(data, 'c.safetensors'));
  });

  it('refuses a judge whose files are not there, or not of one network', async () => {
    const judgedBy = (files: Partial<typeof judge>): Promise<unknown> =>
      reportModel({ data, model, clips: 2, threads: 1, recordedVoices: false, ...judge, ...files });
    await expect(judgedBy({ syncnetRecipe: join(folder, 'none.yaml') })).rejects.toMatchObject({
      code: 'file-not-found',
    });
    await expect(judgedBy({ syncnet: join(folder, 'none') })).rejects.toMatchObject({ code: 'file-not-found' });
    const odd = join(folder, 'odd.yaml');
    const visual = { ...syncModel.visual_encoder, in_channels: 14 };
    await writeFile(odd, stringify({ model: { ...syncModel, visual_encoder: visual } }));
    await expect(judgedBy({ syncnetRecipe: odd })).rejects.toThrow(/must be a multiple of 3, .* \(got 14\)/);
    await writeFile(odd, stringify({ model: { ...syncModel, visual_encoder: { ...visual, in_channels: 15 } } }));
    await expect(judgedBy({ syncnetRecipe: odd })).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    await writeFile(odd, stringify({ model: smallSyncNetSections(32) })); // the same parameters, for smaller faces
    await expect(judgedBy({ syncnetRecipe: odd })).rejects.toThrow(
      /does not fit faces of 64×64 pixels .* \(got 512 and 128\)/,
    );
  });

  it('ends when the signal fires, and writes nothing', async () => {
    const output = join(folder, 'canceled');
    const cancel = new AbortController();
    const running = reportModel({
      data,
      model,
      clips: 2,
      steps: [2],
      recordedVoices: false,
      output,
      threads: 1,
      signal: cancel.signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'report' && done === 1) cancel.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    expect(await readdir(output)).toEqual([]);
  });
});

describe('measureMouth', () => {
  it('sees an open mouth as open, and a closed one as closed', async () => {
    await using runtime = createRuntime({ threads: 1 });
    await using mesh = await openFaceMesh(runtime);
    const { opening, width } = await measureMouth(
      facesOf([facePicture('closed'), facePicture('open-turned')], 2, 128),
      mesh,
    );
    expect(opening[0]).toBeLessThan(0.1);
    expect(opening[1]).toBeGreaterThan(0.2);
    for (const value of width) expect(value).toBeGreaterThan(0.5);
  });
});
