// Clips in files: what is written is read, whole and in parts; files that are none are refused.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensorsFile } from '../../checkpoint/checkpoint-file-node.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { MOUTH_NAMES } from '../../synthetic/expression.ts';
import { openTrainingClip, writeTrainingClip } from './training-clip-node.ts';
import { fromInt16, labelRows, samplesOfFrames, toInt16, type TrainingClipContents } from './training-clip.ts';

const FRAMES = 5;
const SIZE = 8;

function contents(): TrainingClipContents {
  const samples = samplesOfFrames(FRAMES, 25);
  const rows = labelRows(samples);
  return {
    frames: new Tensor(
      'uint8',
      [FRAMES, SIZE, SIZE, 3],
      Uint8Array.from({ length: FRAMES * SIZE * SIZE * 3 }, (_, i) => i % 251),
    ),
    audio: Int16Array.from({ length: samples }, (_, i) => i - 1600),
    frameRate: 25,
    origin: { source: 'synthetic', seed: '7' },
    labels: {
      opening: Float32Array.from({ length: FRAMES }, (_, i) => i / 4),
      width: new Float32Array(FRAMES).fill(5),
      phonemes: Int32Array.from({ length: rows }, (_, i) => i),
      mouth: Float32Array.from({ length: rows * MOUTH_NAMES.length }, (_, i) => i / 100),
    },
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-clip-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('training clips', () => {
  it('are read as they were written, whole and in parts', async () => {
    const path = join(folder, 'clip.safetensors');
    const written = contents();
    await writeTrainingClip(path, written);
    await using clip = await openTrainingClip(path);
    expect(clip).toMatchObject({ frameCount: FRAMES, resolution: SIZE, frameRate: 25, sampleCount: 3200 });
    expect(clip.origin).toEqual(written.origin);
    const frames = await clip.readFrames();
    expect(frames.shape).toEqual([FRAMES, SIZE, SIZE, 3]);
    expect(frames.data).toEqual(written.frames.data);
    const part = await clip.readFrames(1, 3);
    expect(part.shape).toEqual([2, SIZE, SIZE, 3]);
    expect(part.data).toEqual(written.frames.data.subarray(SIZE * SIZE * 3, 3 * SIZE * SIZE * 3));
    expect(await clip.readAudio(10, 20)).toEqual(written.audio.subarray(10, 20));
    expect(await clip.readLabels()).toEqual(written.labels);
    await expect(clip.readFrames(2, 9)).rejects.toThrow('end must be an integer from 2 to 5 (got 9)');
  });

  it('have no labels when they are real footage', async () => {
    const path = join(folder, 'real.safetensors');
    await writeTrainingClip(path, { ...contents(), labels: undefined });
    await using clip = await openTrainingClip(path);
    expect(clip.hasLabels).toBe(false);
    expect(await clip.readLabels()).toBeUndefined();
  });

  it('are not written when frames and sound differ in length, or when canceled', async () => {
    const path = join(folder, 'never.safetensors');
    const short = { ...contents(), audio: new Int16Array(3000) };
    await expect(writeTrainingClip(path, short)).rejects.toThrow('must have 3200 samples for 5 frames (got 3000)');
    await expect(writeTrainingClip(path, contents(), AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    expect((await readdir(folder)).filter((name) => name.includes('never') || name.endsWith('.part'))).toEqual([]);
  });

  it('are told from other safetensors files', async () => {
    const path = join(folder, 'other.safetensors');
    const weight = Tensor.float32([2]);
    await writeSafetensorsFile(path, {
      tensors: new Map([['weight', weight]]),
      read: () => Promise.resolve(weight),
    });
    await expect(openTrainingClip(path)).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
    await expect(openTrainingClip(path)).rejects.toThrow('is not a training clip');
  });
});

describe('16-bit samples', () => {
  it('come back within half a step, and are cut beyond ±1', () => {
    const samples = Float32Array.of(0, 0.5, -0.25, 0.123456, 1.5, -2);
    const back = fromInt16(toInt16(samples));
    for (let i = 0; i < 4; i++) expect(Math.abs(back[i] - samples[i])).toBeLessThanOrEqual(0.5 / 32768);
    expect(Array.from(back.subarray(4))).toEqual([32767 / 32768, -1]);
  });
});
