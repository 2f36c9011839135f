// The programs of examples/ run on the built package, as they stand there.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../src/checkpoint/checkpoint-file-node.ts';
import { readTrack } from '../src/media/audio-reader.ts';
import { openAudio, openVideo } from '../src/media/input-file-node.ts';
import { writeWav } from './fixtures/media/make-media.ts';
import { writeFaceClip } from './support/clips.ts';
import { resultOf, startProgram } from './support/run-command.ts';

const examples = fileURLToPath(new URL('../examples/', import.meta.url));
const models = fileURLToPath(new URL('../models/', import.meta.url));
const samples = fileURLToPath(new URL('../samples/', import.meta.url));
const SAMPLE_RATE = 16000;
const tsx = import.meta.resolve('tsx');

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-examples-'));
  await writeFaceClip(join(folder, 'face.mp4'), 10);
  await using sample = await openAudio(join(samples, 'speech.wav'));
  const [speech] = await readTrack(sample);
  await writeWav(join(folder, 'short.wav'), SAMPLE_RATE, [speech.subarray(SAMPLE_RATE, 1.4 * SAMPLE_RATE)]);
  await writeWav(join(folder, 'other.wav'), SAMPLE_RATE, [speech.subarray(2 * SAMPLE_RATE, 2.2 * SAMPLE_RATE)]);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs an example outside the repository, where `latentsync` is the built package, and returns the lines that it prints. */
async function runExample(name: string, ...words: string[]): Promise<string[]> {
  const program = [process.execPath, '--import', tsx, join(examples, name), ...words];
  const { status, stdout, stderr } = await resultOf(
    startProgram(program, { cwd: folder, environment: { LATENTSYNC_HOME: join(folder, 'home') } }),
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

describe('an example', () => {
  it.each(readdirSync(examples))('has at most 40 lines: %s', (name) => {
    expect(readFileSync(join(examples, name), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('lip-syncs a video, and tells how far it is', async () => {
    const lines = await runExample('one-job.ts', 'face.mp4', 'short.wav', 'one.mp4');
    expect(lines.at(-1)).toBe('one.mp4: 10 frames, 10 with a face');
    const stages = new Set(lines.slice(0, -1).map((line) => /^(\w+): \d+\.\d of \d+$/.exec(line)?.[1]));
    expect([...stages]).toEqual(['speech', 'load', 'faces', 'audio', 'sync']);
    await using video = await openVideo(join(folder, 'one.mp4'));
    expect(video.info).toMatchObject({ frameCount: 10, frameRate: 25 });
  });

  it('lip-syncs a batch on one pipeline, past a recording that is not there', async () => {
    const recordings = ['short.wav', 'missing.wav', 'other.wav'];
    const lines = await runExample('batch.ts', 'face.mp4', ...recordings);
    const ends = lines.filter((line) => !line.startsWith('\r'));
    expect(ends[0]).toMatch(/^short\.mp4: 10 frames in \d+\.\d s$/);
    expect(ends.find((line) => line.startsWith('missing.wav: '))).toContain('does not exist');
    expect(ends.at(-1)).toMatch(/^other\.mp4: 5 frames in \d+\.\d s$/);
    const lastBar = lines
      .findLast((line) => line.startsWith('\r'))!
      .split('\r')
      .at(-1);
    expect(lastBar).toMatch(/^other █{30} sync +0 s left +$/);
  });

  it('writes the features of speech, and shows how much they change', async () => {
    const lines = await runExample('features.ts', join(samples, 'speech.wav'), 'features.safetensors');
    expect(lines.slice(0, 2)).toEqual(['features: [280, 3, 64]', 'chunks: [140, 12, 64]']);
    expect(lines.length).toBe(2 + 279);
    expect(lines.at(100)).toMatch(/^1\.98 s {2}█+$/);
    await using file = await openCheckpointFile(join(folder, 'features.safetensors'));
    expect([...file.tensors.keys()]).toEqual(['chunks', 'features']);
  });

  it('finds the face in every frame, with a mouth that opens and closes', async () => {
    const lines = await runExample('faces.ts', join(samples, 'presenter.mp4'));
    const bars = lines.map((line) => /^\d+\.\d\d s {2}face at \d+, \d+ {2}mouth (█*)$/.exec(line)?.[1].length);
    expect(bars.length).toBe(136);
    expect(bars).not.toContain(undefined);
    expect(new Set(bars).size).toBeGreaterThan(3);
  });

  it('tells what is in a checkpoint', async () => {
    const lines = await runExample('checkpoint.ts', join(models, 'tiny/unet.safetensors'));
    expect(lines.slice(0, 2)).toEqual([
      'safetensors, 778 tensors, 5324292 parameters, 10.6 MB',
      'architecture: UNet3DConditionModel',
    ]);
    expect(lines.at(2)).toMatch(/^up_blocks\.\S+ float16 \[96, 192, 3, 3\]: -?0\.\d{4} ± 0\.\d{4}$/);
  });

  it('runs a network of its own', async () => {
    expect(await runExample('own-network.ts')).toEqual(['xor: 0 1 1 0']);
  });
});
