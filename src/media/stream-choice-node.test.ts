// Files with several streams: the one that ffmpeg would choose is read, or the one that is asked for.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MkvOutputFormat, Mp4OutputFormat } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeTracks, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { openAudio, openVideo } from './input-file-node.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const DEFAULT = { default: true };
const OTHER = { default: false };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-streams-'));
  await writeWav(file('mono.wav'), 16000, [sine(440, 16000, 0.4)]);
  await writeWav(file('stereo.wav'), 8000, [sine(300, 8000, 0.4), sine(300, 8000, 0.4)]);
  await writeCorners(file('small.mp4'), { frames: 3 });
  await writeCorners(file('large.mp4'), { width: 128, height: 96, frames: 3 });
  await mergeTracks(file('several.mkv'), new MkvOutputFormat(), [
    { from: file('mono.wav'), kind: 'audio', metadata: { disposition: OTHER, languageCode: 'fra' } },
    { from: file('small.mp4'), kind: 'video', metadata: { disposition: OTHER } },
    { from: file('stereo.wav'), kind: 'audio', metadata: { disposition: OTHER } },
    { from: file('large.mp4'), kind: 'video', metadata: { disposition: OTHER } },
  ]);
});

afterAll(() => rm(folder, { recursive: true }));

describe.concurrent('of several streams', () => {
  it('the one with the most pixels, and the one with the most channels, is the best', async () => {
    await using video = await openVideo(file('several.mkv'));
    expect(video.info).toMatchObject({ width: 128, height: 96 });
    await using audio = await openAudio(file('several.mkv'));
    expect(audio.info).toMatchObject({ sampleRate: 8000, numberOfChannels: 2 });
  });

  it('the one marked as the default comes before larger ones', async () => {
    await mergeTracks(file('marked.mkv'), new MkvOutputFormat(), [
      { from: file('large.mp4'), kind: 'video', metadata: { disposition: OTHER } },
      { from: file('stereo.wav'), kind: 'audio', metadata: { disposition: OTHER } },
      { from: file('small.mp4'), kind: 'video', metadata: { disposition: DEFAULT } },
      { from: file('mono.wav'), kind: 'audio', metadata: { disposition: DEFAULT } },
    ]);
    await using video = await openVideo(file('marked.mkv'));
    expect(video.info.width).toBe(64);
    await using audio = await openAudio(file('marked.mkv'));
    expect(audio.info.numberOfChannels).toBe(1);
  });

  it('another can be chosen by its number', async () => {
    await using video = await openVideo(file('several.mkv'), { videoStream: 1 });
    expect(video.info).toMatchObject({ width: 64, height: 48 });
    const sizes = new Set<number>();
    for await (const { data } of video.frames()) sizes.add(data.length);
    expect([...sizes]).toEqual([64 * 48 * 4]);
    await using audio = await openAudio(file('several.mkv'), { audioStream: 0 });
    expect(audio.info).toMatchObject({ sampleRate: 16000, numberOfChannels: 1 });
  });

  it('a number that is not one of them is refused with those that are', async () => {
    await expect(openVideo(file('several.mkv'), { videoStream: 2 })).rejects.toMatchObject({
      name: 'OptionError',
      option: 'videoStream',
      message: `options.videoStream must be 1 (avc, 64×48) or 3 (avc, 128×96), the video streams of ${file('several.mkv')} (got 2).`,
    });
    await expect(openAudio(file('several.mkv'), { audioStream: 9 })).rejects.toMatchObject({
      option: 'audioStream',
      message: `options.audioStream must be 0 (pcm-s16, 16000 Hz, mono, fra) or 2 (pcm-s16, 8000 Hz, 2 channels), the audio streams of ${file('several.mkv')} (got 9).`,
    });
    await expect(openVideo(file('small.mp4'), { videoStream: 1 })).rejects.toThrow(
      /must be 0 \(avc, 64×48\), the only video stream of .*small\.mp4 \(got 1\)/,
    );
    await expect(openVideo(file('small.mp4'), { videoStream: -1 })).rejects.toThrow(
      'options.videoStream must be an integer from 0 to',
    );
  });

  it('a file without any of the kind is refused as always', async () => {
    await expect(openVideo(file('mono.wav'), { videoStream: 0 })).rejects.toMatchObject({ code: 'no-video-track' });
    await expect(openAudio(file('small.mp4'), { audioStream: 0 })).rejects.toMatchObject({ code: 'no-audio-track' });
  });

  it('cover art is not the video, unless it is asked for', async () => {
    const jpeg = await readFile(fileURLToPath(new URL('../../test/fixtures/media/still.jpg', import.meta.url)));
    const cover = { data: new Uint8Array(jpeg), mimeType: 'image/jpeg', kind: 'coverFront' as const };
    const tags = { title: 'A song', images: [cover] };
    const song = { from: file('mono.wav'), kind: 'audio' } as const;
    await mergeTracks(file('song.mkv'), new MkvOutputFormat(), [song], tags);
    await expect(openVideo(file('song.mkv'))).rejects.toMatchObject({ code: 'no-video-track' });
    await using picture = await openVideo(file('song.mkv'), { videoStream: 1 });
    expect(picture.info).toMatchObject({ codec: 'mjpeg', frameCount: 1 });
    const clip = { from: file('small.mp4'), kind: 'video' } as const;
    await mergeTracks(file('clip.mp4'), new Mp4OutputFormat(), [clip], tags);
    await using video = await openVideo(file('clip.mp4'));
    expect(video.info).toMatchObject({ codec: 'avc', width: 64 });
  });
});

describe('interlaced video', () => {
  /** Writes frames whose two fields are light and dark, in turn, as those of a light that flickers, with or without the mark. */
  async function writeCombed(name: string, mark: 'p' | 't'): Promise<string> {
    const frames = [0, 1, 2, 3].flatMap((index) => {
      const frame = Buffer.alloc((64 * 48 * 3) / 2, 128);
      for (let y = 0; y < 48; y++) frame.fill((y + index) % 2 ? 40 : 200, 64 * y, 64 * (y + 1));
      return [Buffer.from('FRAME\n'), frame];
    });
    const head = Buffer.from(`YUV4MPEG2 W64 H48 F25:1 I${mark} A1:1 C420jpeg\n`);
    await writeFile(file(name), Buffer.concat([head, ...frames]));
    return file(name);
  }

  /** The difference between neighboring lines in the middle of the frames, on average. */
  async function combing(path: string, deinterlace: 'auto' | 'on' | 'off'): Promise<number> {
    await using video = await openVideo(path, { deinterlace });
    let difference = 0;
    let frames = 0;
    for await (const { data, width } of video.frames()) {
      const at = 4 * (24 * width + 32);
      difference += Math.abs(data[at] - data[at + 4 * width]);
      frames++;
    }
    expect(frames).toBe(4);
    return difference / frames;
  }

  it('becomes whole pictures where it is marked, or everywhere, or nowhere', async () => {
    const marked = await writeCombed('marked.y4m', 't');
    const unmarked = await writeCombed('unmarked.y4m', 'p');
    expect(await combing(marked, 'auto')).toBeLessThan(20);
    expect(await combing(marked, 'off')).toBeGreaterThan(100);
    expect(await combing(unmarked, 'auto')).toBeGreaterThan(100);
    expect(await combing(unmarked, 'on')).toBeLessThan(20);
  });
});
