// Streams that only the maker in Node tells apart: cover art, and interlaced video. Other choices are tested for both makers.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MkvOutputFormat, Mp4OutputFormat } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeTracks, sine, writeCorners, writeWav } from '../../test/fixtures/media/make-media.ts';
import { openVideo } from './input-file-node.ts';

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentsync-streams-'));
  await writeWav(file('mono.wav'), 16000, [sine(440, 16000, 0.4)]);
  await writeCorners(file('small.mp4'), { frames: 3 });
});

afterAll(() => rm(folder, { recursive: true }));

describe.concurrent('of several streams', () => {
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
