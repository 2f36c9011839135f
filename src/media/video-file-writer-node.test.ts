import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cornersPicture, remux, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { Mp4OutputFormat } from 'mediabunny';
import type { AudioReader } from './audio-reader.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import { createVideo } from './video-file-writer-node.ts';
import type { VideoFrameData, VideoInfo } from './video-reader.ts';

const fixtures = new URL('../../test/fixtures/media/', import.meta.url);

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-media-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string): Promise<{ info: VideoInfo; frames: VideoFrameData[] }> {
  await using video = await openVideo(path);
  const frames: VideoFrameData[] = [];
  for await (const frame of video.frames()) frames.push(frame);
  return { info: video.info, frames };
}

/** Peak signal-to-noise ratio in dB over red, green and blue. */
function psnr(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) sum += (a[i] - b[i]) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / (a.length * 0.75)));
}

async function boxes(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const types: string[] = [];
  for (let position = 0; position < bytes.length;) {
    const size = bytes.readUInt32BE(position);
    types.push(bytes.toString('latin1', position + 4, position + 8));
    position += size === 1 ? Number(bytes.readBigUInt64BE(position + 8)) : size;
  }
  return types;
}

describe('pictures', () => {
  test('come back nearly as they were, in a file with the index in front', async () => {
    await writeCorners(file('plain.mp4'));
    expect(await boxes(file('plain.mp4'))).toEqual(['ftyp', 'moov', 'free', 'mdat']);
    const { frames } = await readAll(file('plain.mp4'));
    expect(frames).toHaveLength(10);
    for (const { index, data } of frames) expect(psnr(data, cornersPicture(64, 48, index))).toBeGreaterThan(38);
  });

  test('quality 0 is lossless but for color subsampling', async () => {
    await writeCorners(file('lossless.mp4'), { quality: 0, frames: 2 });
    const { frames } = await readAll(file('lossless.mp4'));
    const [frame] = frames;
    expect(psnr(frame.data, cornersPicture(64, 48))).toBeGreaterThan(52);
  });

  test.each([
    [405, 721],
    [33, 48],
    [1, 1],
  ])('%i×%i is written with even sizes', async (width, height) => {
    await writeCorners(file('odd.mp4'), { width, height, frames: 3 });
    await using video = await openVideo(file('odd.mp4'));
    expect(video.info).toMatchObject({ width: width + (width & 1), height: height + (height & 1), frameCount: 3 });
  });

  test.each([
    ['bt709', 'bt709', 'bt709', false],
    ['smpte170m', 'smpte170m', 'smpte170m', true],
    ['bt470bg', 'smpte170m', 'bt470bg', false],
  ] as const)('color tags %s/%s/%s, full range %s are kept', async (primaries, transfer, matrix, fullRange) => {
    const colorSpace = { primaries, transfer, matrix, fullRange };
    await writeCorners(file('tags.mp4'), { colorSpace, frames: 2 });
    const { info, frames } = await readAll(file('tags.mp4'));
    expect(info.colorSpace).toMatchObject(colorSpace);
    expect(psnr(frames[0].data, cornersPicture(64, 48))).toBeGreaterThan(38);
  });

  test('untagged stays untagged', async () => {
    await writeCorners(file('untagged.mp4'), { frames: 2 });
    await using video = await openVideo(file('untagged.mp4'));
    expect(video.info.colorSpace.matrix ?? undefined).toBeUndefined();
  });

  test.each([30000 / 1001, 12.5])('%d frames per second are exact', async (frameRate) => {
    await writeCorners(file('rate.mp4'), { frameRate, frames: 40, width: 16, height: 16 });
    const { info, frames } = await readAll(file('rate.mp4'));
    frames.forEach(({ index, timestampSeconds }) => {
      expect(timestampSeconds).toBeCloseTo(index / frameRate, 9);
    });
    expect(info.frameRate).toBeCloseTo(frameRate, 9);
  });

  test('uneven times are kept, and resampled only on request', async () => {
    const timestamps = [0, 0.04, 0.13, 0.2, 0.21, 0.35, 0.5];
    await writeCorners(file('uneven.mp4'), { timestamps, variableFrameRate: true });
    const { info, frames } = await readAll(file('uneven.mp4'));
    frames.forEach(({ timestampSeconds }, index) => {
      expect(timestampSeconds).toBeCloseTo(timestamps[index], 4);
    });
    await using video = await openVideo(file('uneven.mp4'));
    expect(info.variableFrameRate).toBe(true);
    const times: number[] = [];
    for await (const { timestampSeconds } of video.frames({ fps: 10 })) times.push(timestampSeconds);
    expect(times).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  });

  test('may follow one another within a millisecond, or once in two hours', async () => {
    for (const [name, seconds] of [
      ['quick.mp4', 0.00095],
      ['slow.mp4', 1800],
      ['slowest.mp4', 7200],
    ] as const) {
      const timestamps = [0, seconds, 2 * seconds];
      await writeCorners(file(name), {
        timestamps,
        variableFrameRate: true,
        longestFrameSeconds: seconds,
        frameRate: 1 / seconds,
      });
      const times = (await readAll(file(name))).frames.map(({ timestampSeconds }) => timestampSeconds);
      times.forEach((time, index) => {
        expect(time).toBeCloseTo(timestamps[index], 4);
      });
      expect(times).toHaveLength(3);
    }
  });

  test('must come in order of time and fit the size', async () => {
    await using writer = await createVideo(file('never.mp4'), { width: 16, height: 16, frameRate: 25 });
    const data = cornersPicture(16, 16);
    await writer.add({ data, timestampSeconds: 0, durationSeconds: 0.04 });
    await expect(writer.add({ data, timestampSeconds: 0, durationSeconds: 0.04 })).rejects.toThrow(
      'frame.timestampSeconds must be greater than the one before, 0 (got 0).',
    );
    await expect(
      writer.add({ data: cornersPicture(16, 8), timestampSeconds: 1, durationSeconds: 0.04 }),
    ).rejects.toThrow('A 16×16 picture in RGBA has 1024 bytes (got 512).');
    await expect(createVideo(file('never.mp4'), { width: 0, height: 16, frameRate: 25 })).rejects.toThrow(
      'options.width must be an integer from 1 to 16384 (got 0).',
    );
  });
});

describe('sound', () => {
  /** Returns the decoded samples of the first channel. */
  async function decode(path: string): Promise<{ samples: Float32Array; reader: AudioReader }> {
    await using reader = await openAudio(path);
    const parts: number[] = [];
    for await (const { channels } of reader.chunks()) parts.push(...channels[0]);
    return { samples: Float32Array.from(parts), reader };
  }

  /** Half a second of silence with a click in its middle: a hill of one millisecond. */
  function click(sampleRate: number): Float32Array<ArrayBuffer> {
    const samples = new Float32Array(sampleRate);
    const width = sampleRate / 1000;
    const middle = sampleRate / 2;
    for (let i = Math.ceil(middle - width); i <= middle + width; i++) {
      samples[i] = 0.4 + 0.4 * Math.cos((Math.PI * (i - middle)) / width);
    }
    return samples;
  }

  /** Returns the sample that is furthest from silence. */
  const loudest = (samples: Float32Array): number =>
    samples.reduce((best, sample, i) => (Math.abs(sample) > Math.abs(samples[best]) ? i : best), 0);

  /** Returns the first sample louder than a threshold. */
  const onset = (samples: Float32Array): number => samples.findIndex((sample) => Math.abs(sample) > 0.1);

  /** Half a second of silence, then a tone. */
  function lateTone(sampleRate: number, seconds: number): Float32Array<ArrayBuffer> {
    const samples = sine(500, sampleRate, seconds);
    samples.fill(0, 0, sampleRate / 2);
    return samples;
  }

  test.each([
    [8000, 1],
    [44100, 2],
    [96000, 8],
    [22050, 3],
    [192000, 1],
  ])('%i Hz and %i channels are encoded without a shift', async (sampleRate, count) => {
    const sound = click(sampleRate);
    await writeWav(
      file('click.wav'),
      sampleRate,
      Array.from({ length: count }, () => sound),
    );
    await using audio = await openAudio(file('click.wav'));
    await writeCorners(file('sound.mp4'), { width: 16, height: 16, frames: 25, audio });
    const { samples, reader } = await decode(file('sound.mp4'));
    expect(reader.info).toMatchObject({
      codec: 'aac',
      sampleRate: sampleRate <= 96000 ? sampleRate : 48000,
      numberOfChannels: count === 3 ? 2 : count,
    });
    expect(Math.abs(loudest(samples) / reader.info.sampleRate - 0.5)).toBeLessThan(0.001);
  });

  test('in pieces of any length is encoded without harm, as of a voice message and at uneven frame times', async () => {
    const frames = 40;
    // Several times: what was written past a buffer once did not show at the first.
    for (let time = 0; time < 4; time++) {
      await using audio = await openAudio(fileURLToPath(new URL('voice-opus.ogg', fixtures)));
      const timestamps = Array.from({ length: frames }, (_, i) => i / 29.97 + (i % 3) * 0.0041);
      await writeCorners(file('voice.mp4'), { width: 16, height: 16, variableFrameRate: true, timestamps, audio });
    }
    const { samples, reader } = await decode(file('voice.mp4'));
    expect(reader.info).toMatchObject({ codec: 'aac', sampleRate: 48000, numberOfChannels: 1 });
    const original = await decode(fileURLToPath(new URL('voice-opus.ogg', fixtures)));
    expect(Math.abs(samples.length - original.samples.length)).toBeLessThan(1024);
    expect(Math.abs(onset(samples) - onset(original.samples)) / 48000).toBeLessThan(0.001);
  });

  test('longer sound is cut to the length of the video, shorter ends earlier', async () => {
    await writeWav(file('tone.wav'), 16000, [sine(440, 16000, 1)]);
    for (const [frames, expected] of [
      [10, 0.4],
      [50, 1],
    ] as const) {
      await using audio = await openAudio(file('tone.wav'));
      await writeCorners(file('length.mp4'), { width: 16, height: 16, frames, audio });
      const { samples } = await decode(file('length.mp4'));
      expect(samples.length / 16000).toBeGreaterThanOrEqual(expected);
      expect(samples.length / 16000).toBeLessThan(expected + 1024 / 16000);
    }
  });

  test('AAC is copied packet by packet, with its run-up', async () => {
    const tone = lateTone(44100, 1);
    await writeWav(file('late.wav'), 44100, [tone, tone]);
    {
      await using audio = await openAudio(file('late.wav'));
      await writeCorners(file('first.mp4'), { width: 16, height: 16, frames: 25, audio });
    }
    await remux(file('first.mp4'), file('only.m4a'), { format: new Mp4OutputFormat(), video: false });
    {
      await using audio = await openAudio(file('only.m4a'));
      expect(audio.info).toMatchObject({ codec: 'aac', sampleRate: 44100, numberOfChannels: 2 });
      await writeCorners(file('second.mp4'), { width: 16, height: 16, frames: 25, audio });
    }
    const first = await decode(file('first.mp4'));
    const second = await decode(file('second.mp4'));
    expect(onset(second.samples)).toBe(onset(first.samples));
    expect(Buffer.from(second.samples.buffer).equals(Buffer.from(first.samples.buffer))).toBe(true);
  });
});

describe('the output file', () => {
  const data = cornersPicture(16, 16);
  const size = { width: 16, height: 16, frameRate: 25 };
  const frame = { data, timestampSeconds: 0, durationSeconds: 0.04 };

  test('appears only when finished, and replaces an older one', async () => {
    const path = file('it\'s; a "new"\nfile → ü.mp4');
    await writeFile(path, 'older');
    {
      await using writer = await createVideo(path, size);
      await writer.add(frame);
      expect(await readFile(path, 'latin1')).toBe('older');
      await writer.finish();
    }
    expect((await stat(path)).size).toBeGreaterThan(1000);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('leaves nothing behind when given up', async () => {
    const giveUp = async (): Promise<void> => {
      await using writer = await createVideo(file('given-up.mp4'), size);
      await writer.add(frame);
      expect((await readdir(folder)).filter((name) => /^\.given-up-.*\.part$/.test(name))).toHaveLength(1);
      throw new Error('stopped');
    };
    await expect(giveUp()).rejects.toThrow('stopped');
    expect((await readdir(folder)).filter((name) => name.includes('given-up'))).toEqual([]);
  });

  test('cannot be finished without frames, and nothing is left then', async () => {
    const finish = async (): Promise<void> => {
      await using writer = await createVideo(file('empty.mp4'), size);
      await writer.finish();
    };
    await expect(finish()).rejects.toThrow('at least one frame');
    expect((await readdir(folder)).filter((name) => name.includes('empty'))).toEqual([]);
  });
});
