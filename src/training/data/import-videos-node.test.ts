// Videos to clips: faces with their own sound, pieces that end at cuts and gaps, and nothing done twice.
import { readdirSync } from 'node:fs';
import { mkdtemp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { facePicture, frameWith } from '../../../test/support/face-pictures.ts';
import { encodeWav } from '../../audio/wav.ts';
import { openAudio } from '../../media/input-file-node.ts';
import { createVideo } from '../../media/video-file-writer-node.ts';
import { importVideos } from './import-videos-node.ts';
import { openTrainingClip } from './training-clip-node.ts';
import { fromInt16 } from './training-clip.ts';

const FRAMES = 95;
/** Frames that show no face: too many to be bridged. */
const GAP = { from: 45, to: 60 };
const CLICK_SECONDS = 3.2;

/** Writes a talking picture of 95 frames whose face is gone for a while, with a click in its sound. */
async function writeVideo(folder: string, name: string): Promise<void> {
  const samples = new Float32Array((FRAMES / 25) * 48_000);
  samples.fill(0.8, CLICK_SECONDS * 48_000, CLICK_SECONDS * 48_000 + 240);
  const wav = join(folder, 'sound.wav');
  await writeFile(wav, encodeWav({ sampleRate: 48_000, channels: [samples] }));
  await using audio = await openAudio(wav);
  const size = { width: 320, height: 320, frameRate: 25 };
  await using writer = await createVideo(join(folder, name), { ...size, audio });
  const face = frameWith(320, 320, [{ picture: facePicture('closed'), x: 30, y: 30 }]).data;
  const empty = frameWith(320, 320, []).data;
  for (let i = 0; i < FRAMES; i++) {
    const data = new Uint8ClampedArray(i >= GAP.from && i < GAP.to ? empty : face);
    await writer.add({ data, timestampSeconds: i / 25, durationSeconds: 1 / 25 });
  }
  await writer.finish();
}

let folder: string;
let videos: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-videos-'));
  videos = join(folder, 'videos');
  await mkdir(videos);
  await writeVideo(videos, 'talk.mp4');
  await writeFile(join(videos, 'broken.mp4'), 'no video');
}, 30_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('importVideos', { timeout: 60_000 }, () => {
  it('cuts clips where the face goes, with the sound of their frames, and skips what is unchanged', async () => {
    const output = join(folder, 'clips');
    const result = await importVideos({ videos, output, seconds: 1.4 });
    expect(result).toMatchObject({ videos: 1, unchanged: 0, clips: 2, frames: 70 });
    expect(result.framesLeftOut).toBe(FRAMES - 70);
    expect(result.skipped).toHaveLength(1);
    expect(result.skipped[0].video).toBe('broken.mp4');
    const clips = (await readdir(output)).filter((name) => name.endsWith('.safetensors')).sort();
    expect(clips).toEqual(['talk.mp4-000000.safetensors', 'talk.mp4-000060.safetensors']);

    await using clip = await openTrainingClip(join(output, clips[1]));
    expect(clip).toMatchObject({ frameCount: 35, resolution: 128, frameRate: 25, hasLabels: false });
    const { size } = await stat(join(videos, 'talk.mp4'));
    expect(clip.origin).toMatchObject({ source: 'video', video: 'talk.mp4', bytes: String(size), frames: '35' });
    expect(clip.origin.startSeconds).toBe('2.4');
    const sound = fromInt16(await clip.readAudio());
    const click = sound.findIndex((x) => Math.abs(x) > 0.3) / 16_000;
    expect(Math.abs(click - (CLICK_SECONDS - 2.4))).toBeLessThan(0.01);
    // The face is where the pipeline puts it: the middle of the crop is skin.
    const { data } = await clip.readFrames(10, 11);
    const middle = 3 * (64 * 128 + 64);
    expect(data[middle]).toBeGreaterThan(data[middle + 2] + 15);

    const before = await stat(join(output, clips[0]));
    const again = await importVideos({ videos, output, seconds: 1.4 });
    expect(again).toMatchObject({ videos: 1, unchanged: 1, clips: 2, frames: 70 });
    expect((await stat(join(output, clips[0]))).mtimeMs).toBe(before.mtimeMs);
    const longer = await importVideos({ videos, output, seconds: 3 });
    expect(longer).toMatchObject({ videos: 1, unchanged: 0, clips: 2, frames: 80 });
  });

  it('leaves nothing of a video when it is canceled after the first clip', async () => {
    const output = join(folder, 'canceled');
    const cancellation = new AbortController();
    let clipsThen: string[] = [];
    const importing = importVideos({
      videos,
      output,
      seconds: 1,
      signal: cancellation.signal,
      onProgress: ({ done }) => {
        if (done === 40) {
          clipsThen = readdirSync(output).filter((name) => name.endsWith('.safetensors'));
          cancellation.abort();
        }
      },
    });
    await expect(importing).rejects.toMatchObject({ code: 'aborted' });
    expect(clipsThen).toEqual(['talk.mp4-000000.safetensors']);
    expect(await readdir(output)).toEqual([]);
  });

  it('removes what an interrupted import left, and nothing that a record names elsewhere', async () => {
    const output = join(folder, 'left');
    await mkdir(output);
    const left = ['talk.mp4-000007.safetensors', 'other.mp4-000007.safetensors'];
    for (const name of left) await writeFile(join(output, name), 'clip');
    await writeFile(join(folder, 'precious.txt'), 'kept');
    await writeFile(join(output, 'talk.mp4.json'), JSON.stringify({ clips: ['../precious.txt'] }));
    await importVideos({ videos, output, seconds: 3 });
    expect((await readdir(output)).filter((name) => left.includes(name))).toEqual(['other.mp4-000007.safetensors']);
    expect(await readFile(join(folder, 'precious.txt'), 'utf8')).toBe('kept');
  });

  it('says when there is no folder, no video in it, or a link to nothing', async () => {
    const output = join(folder, 'none');
    await mkdir(join(folder, 'dangling'));
    await symlink(join(folder, 'gone.mp4'), join(folder, 'dangling', 'link.mp4'));
    await expect(importVideos({ videos: join(folder, 'dangling'), output })).rejects.toMatchObject({
      code: 'file-not-found',
    });
    await expect(importVideos({ videos: join(folder, 'gone'), output })).rejects.toMatchObject({
      code: 'file-not-found',
    });
    await mkdir(join(folder, 'empty'));
    await expect(importVideos({ videos: join(folder, 'empty'), output })).rejects.toThrow('contains no videos');
    await expect(importVideos({ videos, output, seconds: 100 })).rejects.toThrow('options.seconds must be');
  });
});
