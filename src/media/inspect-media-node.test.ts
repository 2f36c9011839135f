// Media files described: what is in them, and what a job makes of them.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MkvOutputFormat, Mp4OutputFormat } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeTracks, remux, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { mediaText } from '../cli/media-text.ts';
import { inspectMedia } from './inspect-media-node.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/media/${name}`, import.meta.url));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-inspect-'));
  await writeWav(file('tone.wav'), 16000, [sine(440, 16000, 0.4)]);
  await writeCorners(file('clip.mp4'));
});

afterAll(() => rm(folder, { recursive: true }));

describe.concurrent('a file', () => {
  it('is described with all its streams, and with those that a job takes', async () => {
    const hostile = 'A title\n\u001b[31m\u202e';
    await mergeTracks(
      file('several.mkv'),
      new MkvOutputFormat(),
      [
        { from: file('clip.mp4'), kind: 'video' },
        { from: file('tone.wav'), kind: 'audio', metadata: { languageCode: 'fra', name: hostile } },
        { from: file('tone.wav'), kind: 'audio', metadata: { disposition: { default: false } } },
      ],
      { title: 'A talk' },
    );
    const media = await inspectMedia(file('several.mkv'), { audioStream: 2 });
    expect(media).toMatchObject({ name: file('several.mkv'), format: 'matroska,webm', startSeconds: 0 });
    expect(media.bytes).toBe((await readFile(file('several.mkv'))).length);
    expect(media.durationSeconds).toBeCloseTo(0.4, 2);
    expect(Object.values(media.metadata)).toContain('A talk');
    expect(media.streams.map(({ index, kind, codec }) => [index, kind, codec])).toEqual([
      [0, 'video', 'avc'],
      [1, 'audio', 'pcm-s16'],
      [2, 'audio', 'pcm-s16'],
    ]);
    const [video, french] = media.streams;
    expect(video).toMatchObject({ packets: 10, firstSeconds: 0, decodable: true, encrypted: false });
    expect(video.video).toMatchObject({ codedWidth: 64, codedHeight: 48, pixelFormat: 'yuv420p', bitDepth: 8 });
    expect(video.video).toMatchObject({
      frameRate: 25,
      variableFrameRate: false,
      hasAlpha: false,
      pixelAspect: [1, 1],
    });
    expect(french).toMatchObject({ language: 'fra', title: hostile });
    expect(french.audio).toMatchObject({ sampleRate: 16000, numberOfChannels: 1, sampleFormat: 's16' });
    expect(media.asVideo).toMatchObject({ stream: 0, reason: 'only', frameCount: 10, codec: 'H.264', changes: [] });
    expect(media.asAudio).toMatchObject({ stream: 2, reason: 'chosen', copied: false, sampleRate: 16000 });

    const text = mediaText(media, ({ message }) => message);
    expect(text).toContain('Stream 1: audio, PCM signed 16-bit little-endian');
    expect(text).toContain('A title\\n\\u001b[31m\\u202e');
    expect(text).toContain('As the audio: stream 2, as chosen');
    expect(text).not.toContain('\u001b');
  });

  it.each([
    [
      'hlg-10bit.mov',
      { hdr: 'HLG', bitDepth: 10, colorPrimaries: 'bt2020' },
      { codec: 'HEVC', pixelFormat: 'yuv420p10le', changes: [] },
    ],
    ['interlaced.m2t', { fieldOrder: 'top first', colorRange: 'limited' }, { deinterlaced: true, frameCount: 12 }],
    [
      'animated.gif',
      { variableFrameRate: true, hasAlpha: true },
      { changes: ['the transparency is lost', 'RGB becomes 4:4:4'], variableFrameRate: true },
    ],
    ['anamorphic.mp4', { codedWidth: 128, width: 256, pixelAspect: [2, 1] }, { width: 128, changes: [] }],
  ])('%s is described as what it is', async (name, video, use) => {
    const media = await inspectMedia(fixture(name));
    expect(media.streams[0].video).toMatchObject(video);
    expect(media.asVideo).toMatchObject({ stream: 0, ...use });
    expect(media.asAudio).toMatchObject({ refused: { code: 'no-audio-track' } });
  });

  it('that is turned is shown upright, and stays as it is', async () => {
    await remux(file('clip.mp4'), file('turned.mp4'), { format: new Mp4OutputFormat(), metadata: { rotation: 90 } });
    const media = await inspectMedia(file('turned.mp4'), { deinterlace: 'on' });
    expect(media.streams[0].video).toMatchObject({ codedWidth: 64, width: 48, height: 64, rotation: 90 });
    expect(media.asVideo).toMatchObject({ width: 64, height: 48, changes: [], deinterlaced: true });
  });

  it('of bytes is described as well, with what a job would say of it', async () => {
    const media = await inspectMedia(await readFile(fixture('voice-opus.ogg')));
    expect(media.streams[0]).toMatchObject({ codec: 'opus', audio: { sampleRate: 48000 } });
    expect(media.asVideo).toMatchObject({ refused: { code: 'no-video-track' } });
    expect(media.asAudio).toMatchObject({ stream: 0, reason: 'only', copied: false });
    expect(JSON.parse(JSON.stringify(media))).toMatchObject({ name: 'the file', format: 'ogg' });
  });

  it('that ends early says so', async () => {
    const { asVideo } = await inspectMedia(fixture('damaged.m2t'));
    expect(asVideo).toMatchObject({ stream: 0 });
    await remux(file('clip.mp4'), file('whole.mp4'), { format: new Mp4OutputFormat({ fastStart: 'in-memory' }) });
    const whole = await readFile(file('whole.mp4'));
    const cut = await inspectMedia(whole.subarray(0, -60));
    expect(cut.asVideo).toMatchObject({ warnings: [{ kind: 'cut-off' }] });
  });

  it('without media in it, or without the stream that is asked for, is refused', async () => {
    await expect(inspectMedia(new TextEncoder().encode('no media'))).rejects.toMatchObject({
      code: 'media-unreadable',
    });
    await expect(inspectMedia(file('clip.mp4'), { videoStream: 4 })).rejects.toMatchObject({
      message: expect.stringContaining('options.videoStream must be 0 (avc, 64×48)') as string,
    });
  });
});
