// Videos to clips: faces with their own sound, pieces that end at cuts and gaps, and nothing done twice.
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { facePicture, frameWith } from '../../../test/support/face-pictures.ts';
import { encodeWav } from '../../audio/wav.ts';
import type { Progress } from '../../util/progress.ts';
import { openAudio } from '../../media/input-file-node.ts';
import { createVideo } from '../../media/video-file-writer-node.ts';
import { hashedCheckpoint } from '../../models/hashed-weights.ts';
import { HyperIQA } from '../../models/hyper-iqa.ts';
import { SyncNetV2 } from '../../models/syncnet-v2.ts';
import { writeTorchZipFile } from '../../checkpoint/checkpoint-file-node.ts';
import { movedSound, reasonToDrop, replaceSound } from './clip-filters-node.ts';
import { createImage8 } from '../../tensor/image.ts';
import { faultOf } from './cut-clips-node.ts';
import { ClipSet } from './clip-set-node.ts';
import { importVideos, type ImportVideosOptions } from './import-videos-node.ts';
import { openTrainingClip } from './training-clip-node.ts';
import { fromInt16 } from './training-clip.ts';
import type { ClipRecord, VideoRecord } from './video-record-node.ts';

const FRAMES = 95;
/** Frames that show no face: too many to be bridged. */
const GAP = { from: 30, to: 44 };
const CLICK_SECONDS = 2.8;

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

async function framesOf(path: string): Promise<Buffer> {
  await using clip = await openTrainingClip(path);
  return Buffer.from((await clip.readFrames()).bytes);
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

describe('importVideos', { timeout: 120_000 }, () => {
  it('cuts clips where the face goes, with the sound of their frames, and skips what is unchanged', async () => {
    const output = join(folder, 'clips');
    // What an interrupted import left goes; a record names nothing elsewhere.
    await mkdir(output);
    const left = ['talk.mp4-000007.safetensors', 'other.mp4-000007.safetensors'];
    for (const name of left) await writeFile(join(output, name), 'clip');
    await writeFile(join(folder, 'precious.txt'), 'kept');
    const record = { clips: [{ file: '../precious.txt', boxes: [], points: [] }], leftOut: {} };
    await writeFile(join(output, 'talk.mp4.json'), JSON.stringify(record));

    const result = await importVideos({ videos, output, seconds: 1.4 });
    expect((await readdir(output)).filter((name) => left.includes(name))).toEqual(['other.mp4-000007.safetensors']);
    await rm(join(output, 'other.mp4-000007.safetensors'));
    expect(await readFile(join(folder, 'precious.txt'), 'utf8')).toBe('kept');
    expect(result).toMatchObject({ videos: 1, unchanged: 0, clips: 2, frames: 65 });
    const { noFace, shortPiece, ...others } = result.framesLeftOut;
    expect(noFace + shortPiece).toBe(FRAMES - 65);
    expect(others).toEqual({ severalFaces: 0, smallFace: 0 });
    expect(await readFile(join(output, 'clips.txt'), 'utf8')).toBe(
      'talk.mp4-000000.safetensors\ntalk.mp4-000044.safetensors\n',
    );
    await using listed = await ClipSet.open(join(output, 'clips.txt'), { resolution: 128 });
    expect(listed.clips).toHaveLength(2);
    expect(result.skipped).toHaveLength(1);
    expect(result.skipped[0].video).toBe('broken.mp4');
    const clips = (await readdir(output)).filter((name) => name.endsWith('.safetensors')).sort();
    expect(clips).toEqual(['talk.mp4-000000.safetensors', 'talk.mp4-000044.safetensors']);

    await using clip = await openTrainingClip(join(output, clips[1]));
    expect(clip).toMatchObject({ frameCount: 35, resolution: 128, frameRate: 25, hasLabels: false });
    const { size } = await stat(join(videos, 'talk.mp4'));
    expect(clip.origin).toMatchObject({ source: 'video', video: 'talk.mp4', bytes: String(size), frames: '35' });
    expect(clip.origin.startSeconds).toBe('1.76');
    const sound = fromInt16(await clip.readAudio());
    const click = sound.findIndex((x) => Math.abs(x) > 0.3) / 16_000;
    expect(Math.abs(click - (CLICK_SECONDS - 1.76))).toBeLessThan(0.01);
    // The face is where the pipeline puts it: the middle of the crop is skin.
    const { data } = await clip.readFrames(10, 11);
    const middle = 3 * (64 * 128 + 64);
    expect(data[middle]).toBeGreaterThan(data[middle + 2] + 15);

    const before = await stat(join(output, clips[0]));
    const again = await importVideos({ videos, output, seconds: 1.4 });
    expect(again).toMatchObject({ videos: 1, unchanged: 1, clips: 2, frames: 65 });
    expect((await stat(join(output, clips[0]))).mtimeMs).toBe(before.mtimeMs);
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

  it('filters by what HyperIQA and SyncNet say, measures everything once, and brings back what other thresholds keep', async () => {
    const [output, list] = [join(folder, 'filtered'), join(folder, 'list.txt')];
    await writeFile(list, '# one path per line\n\nvideos/talk.mp4\n');
    const [syncnet, hyperiqa] = [join(folder, 'syncnet_v2.model'), join(folder, 'koniq_pretrained.pkl')];
    await writeTorchZipFile(syncnet, hashedCheckpoint(new SyncNetV2(), 'sn.'));
    await writeTorchZipFile(hyperiqa, hashedCheckpoint(new HyperIQA(), 'hyperiqa.'));
    const filtered = async (options: Omit<ImportVideosOptions, 'videos' | 'output'>) => {
      const stages = new Set<string>();
      const onProgress = ({ stage }: Progress): void => void stages.add(stage);
      const result = await importVideos({ videos: list, output, seconds: 3, onProgress, ...options });
      return { ...result, stages: [...stages] };
    };
    const clipsNow = async (): Promise<ClipRecord[]> =>
      (JSON.parse(await readFile(join(output, 'talk.mp4.json'), 'utf8')) as VideoRecord).clips;
    const isDropped = (file: string): boolean => existsSync(join(output, 'dropped', file));

    const scored = await filtered({ hyperiqa, minQuality: 0 });
    const qualities = (await clipsNow()).map(({ quality }) => quality!);
    expect(scored.stages).toEqual(['faces', 'quality']);
    expect(qualities.every((quality) => Number.isFinite(quality))).toBe(true);
    expect(scored.dropped.quality).toBe(qualities.filter((quality) => quality < 0).length);

    // The first clip has 30 frames, too few for SyncNet; the second 51.
    const judged = await filtered({ syncnet, minConfidence: 0 });
    expect(judged.stages).toEqual(['sync']);
    const [short, long] = await clipsNow();
    expect([short.dropped, isDropped(short.file)]).toEqual(['short', true]);
    expect(long.sync!.confidence).toBeGreaterThan(0);
    expect(long.dropped).toBe(reasonToDrop(long, { confidence: 0 }));

    const path = join(output, 'dropped', long.file);
    const frames = await framesOf(path);
    await replaceSound(path, new Float32Array(51 * 640).fill(0.5), { soundEarlyFrames: '2' });
    expect(frames.equals(await framesOf(path))).toBe(true);
    await using replaced = await openTrainingClip(path);
    expect(replaced.origin).toMatchObject({ soundEarlyFrames: '2', video: 'talk.mp4' });
    expect(fromInt16(await replaced.readAudio(1000, 1001))).toEqual(Float32Array.of(0.5));

    const stricter = await filtered({ syncnet, minConfidence: long.sync!.confidence + 0.01 });
    expect(stricter).toMatchObject({ stages: ['sync'], clips: 0, dropped: { short: 1, confidence: 1 } });
    expect(isDropped(long.file)).toBe(true);
    expect(await readFile(join(output, 'clips.txt'), 'utf8')).toBe('');

    // Without SyncNet the sound is to be the video's own: the clips are cut anew.
    const cancellation = new AbortController();
    const anew = importVideos({
      videos: list,
      output,
      seconds: 3,
      signal: cancellation.signal,
      onProgress: ({ stage }) => {
        if (stage === 'faces') cancellation.abort();
      },
    });
    await expect(anew).rejects.toMatchObject({ code: 'aborted' });
    expect(isDropped(long.file)).toBe(false);
  });

  it('leaves out frames without a face, with several where there may be one, or with one that is too small', () => {
    const face = createImage8(8, 8, 3);
    const box = { x: 0, y: 0, width: 90, height: 120 };
    const crop = { face, box, points: undefined, faces: 2, isFound: true, startsTrack: false };
    const settings = { seconds: 4, resolution: 8, oneFace: true, minFace: 90 };
    expect(faultOf({ ...crop, face: undefined }, settings)).toBe('noFace');
    expect(faultOf(crop, settings)).toBe('severalFaces');
    expect(faultOf(crop, { ...settings, oneFace: false })).toBeUndefined();
    expect(faultOf(crop, { ...settings, oneFace: false, minFace: 91 })).toBe('smallFace');
  });

  it('moves sound that is early to later frames, and late sound to earlier ones', () => {
    const reach = 6 * 640;
    const samples = Float32Array.from({ length: 1000 + 2 * reach }, (_, i) => i - reach);
    expect([0, 2, -6].map((offset) => movedSound(samples, offset)[0])).toEqual([0, -2 * 640, 6 * 640]);
    expect(movedSound(samples, 6)).toHaveLength(1000);
  });

  it('drops sound that is far off, and prefers to say that it does not belong to the clip', () => {
    const clip = { file: '', firstFrame: 0, boxes: [], points: [], quality: 39.9 };
    const drop = (offset: number, confidence: number) =>
      reasonToDrop({ ...clip, sync: { offset, confidence } }, { confidence: 3, quality: 40 });
    expect([drop(7, 2.9), drop(-7, 3), drop(6, 3)]).toEqual(['confidence', 'offset', 'quality']);
    expect(reasonToDrop(clip, { confidence: 3 })).toBe('short');
    expect(reasonToDrop(clip, {})).toBeUndefined();
  });

  it('refuses a threshold without its network', async () => {
    await expect(importVideos({ videos, output: join(folder, 'none'), minQuality: 50 })).rejects.toThrow(
      'options.minQuality must be given with options.hyperiqa',
    );
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
