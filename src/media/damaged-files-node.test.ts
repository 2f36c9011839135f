// Damaged files: what can be decoded is used, what is lost is replaced, and warnings say where, each once.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Mp4OutputFormat } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oggChecksum } from '../../test/fuzz/stream-fields.ts';
import { remux, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { writeCoded } from '../../test/support/coded-media.ts';
import { openAudio, openVideo } from './input-file-node.ts';
import type { MediaInput } from './media-input.ts';
import type { MediaWarning } from './media-warning.ts';
import type { FramesOptions } from './video-reader.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-damaged-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Returns the beginning of a file. */
async function firstPart(name: string, share: number): Promise<File> {
  const bytes = await readFile(fixture(name));
  return new File([bytes.subarray(0, share * bytes.length)], name);
}

/** Reads all frames: their times, how many there are in all readings, and the warnings. */
async function readVideo(input: MediaInput, ...readings: FramesOptions[]) {
  const warnings: MediaWarning[] = [];
  await using video = await openVideo(input, { onWarning: (warning) => warnings.push(warning) });
  const times: number[] = [];
  for (const options of readings.length === 0 ? [{}] : readings) {
    for await (const frame of video.frames(options)) {
      times.push(frame.timestampSeconds);
      video.recycle(frame);
    }
  }
  return { info: video.info, times, warnings };
}

/** Reads the whole sound: its length, where it is silent for more than a moment, and the warnings. */
async function readAudio(input: MediaInput, readings = 1) {
  const warnings: MediaWarning[] = [];
  await using audio = await openAudio(input, { onWarning: (warning) => warnings.push(warning) });
  let samples = 0;
  for (let reading = 0; reading < readings; reading++) {
    samples = 0;
    for await (const { channels } of audio.chunks()) samples += channels[0].length;
  }
  return { audio, seconds: samples / audio.info.sampleRate, warnings };
}

describe('frames that cannot be decoded', () => {
  it('are told once, however often and in whichever direction they are read', async () => {
    const { times, warnings } = await readVideo(fixture('damaged.webm'), {}, { reversed: true }, { fps: 50 });
    expect(times).toHaveLength(20 + 20 + 40);
    const [warning, ...more] = warnings;
    expect(more).toEqual([]);
    expect(warning).toEqual({
      kind: 'frames-lost',
      file: fixture('damaged.webm'),
      fromSeconds: expect.closeTo(0.64, 3) as number,
      toSeconds: expect.closeTo(0.68, 3) as number,
      frames: 1,
      seconds: expect.closeTo(0.04, 3) as number,
      message: `${fixture('damaged.webm')}: 1 frame at 0.64 s cannot be decoded; the one before is shown.`,
    });
  });

  it('are told when the first reading is backward', async () => {
    const { warnings } = await readVideo(fixture('damaged.webm'), { reversed: true }, {});
    expect(warnings).toMatchObject([
      { kind: 'frames-lost', frames: 1, fromSeconds: expect.closeTo(0.64, 3) as number },
    ]);
  });
});

describe('a file that ends before its index says', () => {
  it('is used as far as it goes', async () => {
    await writeCorners(at('clip.mp4'), { frames: 50 });
    await remux(at('clip.mp4'), at('whole.mp4'), { format: new Mp4OutputFormat({ fastStart: 'in-memory' }) });
    const whole = await readFile(at('whole.mp4'));
    await writeFile(at('half.mp4'), whole.subarray(0, 0.8 * whole.length));
    const { info, times, warnings } = await readVideo(at('half.mp4'), {}, { reversed: true });
    expect(info.frameCount).toBeGreaterThan(10);
    expect(info.frameCount).toBeLessThan(45);
    expect(info).toMatchObject({ frameRate: 25, variableFrameRate: false });
    expect(info.durationSeconds).toBeCloseTo(info.frameCount / 25, 3);
    expect(times).toHaveLength(2 * info.frameCount);
    const end = info.durationSeconds;
    expect(warnings[0]).toMatchObject({ kind: 'cut-off', fromSeconds: end, toSeconds: expect.closeTo(2, 3) as number });
    expect(warnings[0].message).toBe(`${at('half.mp4')}: ends early, after ${end.toFixed(2)} of 2.00 s.`);
    expect(warnings.slice(1).filter(({ kind }) => kind !== 'frames-damaged' && kind !== 'frames-lost')).toEqual([]);
  });

  it('may be a recording that was interrupted', async () => {
    const { times, warnings } = await readVideo(fixture('recording-cut-off.mkv'));
    expect(times).toHaveLength(13);
    const message = `${fixture('recording-cut-off.mkv')}: ends early, after 0.52 of 1.00 s.`;
    expect(warnings).toMatchObject([{ kind: 'cut-off', message }]);
  });

  it.each([
    ['motion-jpeg.avi', 0.32, /ends early, after 0\.32 of 0\.52 s\.$/],
    ['xvid.avi', 0.52, /ends early, after 0\.52 of 1\.00 s\.$/],
  ])('may be video: %s', async (name, seconds, message) => {
    const { info, warnings } = await readVideo(await firstPart(name, 0.6));
    expect(info.durationSeconds).toBeCloseTo(seconds, 2);
    expect(warnings[0]).toMatchObject({ kind: 'cut-off', message: expect.stringMatching(message) as string });
  });

  it.each([
    ['browser-opus.webm', 0.72, /ends early, after 0\.72 of 1\.2\d s\.$/],
    ['flac-192k.flac', 0.25, /ends early, after 0\.\d\d of 0\.40 s\.$/],
    ['sound.aiff', 0.72, /ends early, after 0\.72 of 1\.20 s\.$/],
    ['../../../samples/speech.wav', 3.36, /ends early, after 3\.36 s, in the middle of its data\.$/],
  ])('may be sound: %s', async (name, expected, message) => {
    const { seconds, warnings } = await readAudio(await firstPart(name, 0.6), 2);
    expect(Math.abs(seconds - expected)).toBeLessThan(0.1);
    expect(warnings).toMatchObject([{ kind: 'cut-off', message: expect.stringMatching(message) as string }]);
  });
});

describe('sound that cannot be decoded', () => {
  it.each([
    ['damaged.flac', 0.144],
    ['damaged.mp3', 0.111],
    ['damaged.m2t', 0.072],
  ])('is silent, and told once: %s', async (name, fromSeconds) => {
    const { warnings } = await readAudio(fixture(name), 2);
    expect(warnings).toMatchObject([{ kind: 'sound-lost', fromSeconds: expect.closeTo(fromSeconds, 2) as number }]);
  });

  it('is read, but not copied, if its description is absurdly long', async () => {
    const path = at('long.flv');
    await writeCoded(path, {
      format: 'flv',
      audio: [{ encoder: 'aac', sampleRate: 16000, channels: [sine(300, 16000, 0.5)] }],
    });
    const bytes = await readFile(path);
    const tag = bytes.indexOf(Buffer.of(0xaf, 0)) - 11; // AAC, and not a frame but what describes it
    const size = bytes.readUIntBE(tag + 1, 3);
    bytes.writeUIntBE(size + 1e6, tag + 1, 3);
    const end = tag + 11 + size;
    await writeFile(path, Buffer.concat([bytes.subarray(0, end), Buffer.alloc(1e6), bytes.subarray(end)]));
    const { audio, seconds } = await readAudio(path);
    expect(audio.info.codec).toBe('aac');
    expect(audio.packetConfig).toBeUndefined();
    expect(Math.abs(seconds - 0.5)).toBeLessThan(0.1);
  });

  it.each([1, 0x7fffffff])('is refused at %d samples per second', async (sampleRate) => {
    const path = at(`rate-${sampleRate}.wav`);
    await writeWav(path, sampleRate, [new Float32Array(2000).fill(0.5)]);
    await expect(openAudio(path)).rejects.toMatchObject({
      code: 'audio-undecodable',
      message: expect.stringContaining(`has sound of ${sampleRate} samples per second`) as string,
    });
  });

  it('lasts as long as its packets where its header has it end before it begins', async () => {
    const bytes = await readFile(fixture('voice-opus.ogg'));
    bytes.writeUInt16BE(0xffff, 222); // packets of other lengths, from which FFmpeg computes when the first one begins
    bytes.writeUInt16BE(0x0080, 1938);
    for (let start = bytes.indexOf('OggS'); start >= 0;) {
      const next = bytes.indexOf('OggS', start + 1);
      const page = bytes.subarray(start, next < 0 ? bytes.length : next);
      page.writeUInt32LE(0, 22);
      page.writeUInt32LE(oggChecksum(page), 22);
      start = next;
    }
    const { audio, seconds } = await readAudio(new File([bytes], 'times.ogg'));
    expect(audio.info.durationSeconds).toBeGreaterThan(1);
    expect(seconds).toBeCloseTo(audio.info.durationSeconds, 1);
  });

  it('is not copied when its packets do not agree on what they are', async () => {
    const path = at('whole.aac');
    const tone = Float32Array.from({ length: 8000 }, (_, i) => 0.3 * Math.sin(i / 5));
    await writeCoded(path, { format: 'adts', audio: [{ encoder: 'aac', sampleRate: 16000, channels: [tone] }] });
    const bytes = await readFile(path);
    await using whole = await openAudio(new File([bytes], 'whole.aac'));
    expect(whole.packetConfig).toBeDefined();
    const last = bytes.lastIndexOf(bytes.subarray(0, 2));
    bytes[last + 2] ^= 0b100; // the index of the rate
    await using mixed = await openAudio(new File([bytes], 'mixed.aac'));
    expect(mixed.packetConfig).toBeUndefined();
  });

  it('is not copied', async () => {
    const { audio } = await readAudio(fixture('damaged-header.mp4'));
    expect(audio.packetConfig).toBeDefined();
    const { audio: damaged } = await readAudio(fixture('damaged.mp3'));
    expect(damaged.packetConfig).toBeUndefined();
  });
});
