// The steps after clips are cut, as in the official data processing: SyncNet measures and corrects the sound's offset, HyperIQA scores the faces.
import { mfcc } from '../../audio/mfcc.ts';
import { chosenFrames } from '../../evaluation/chosen-frames.ts';
import type { PictureScorer } from '../../evaluation/picture-scorer.ts';
import { scoreOfDistances } from '../../evaluation/sync-score.ts';
import { SyncNetWatch, type SyncNetJudge } from '../../evaluation/syncnet-judge.ts';
import { cropPlaces } from '../../evaluation/syncnet-tracks.ts';
import { constantRateSchedule } from '../../media/frame-timing.ts';
import { openAudio, openVideo } from '../../media/input-file-node.ts';
import type { VideoImage, VideoReader } from '../../media/video-reader.ts';
import { FaceAligner } from '../../vision/face-aligner.ts';
import { CLIP_FRAME_RATE } from './clip-recipe.ts';
import { firstSample } from './cut-clips-node.ts';
import { SoundCursor } from './sound-cursor.ts';
import { openTrainingClip, writeTrainingClip } from './training-clip-node.ts';
import { fromInt16, samplesOfFrames, toInt16 } from './training-clip.ts';
import { judgedFrames, type ClipFolder, type ClipRecord, type DropReason } from './video-record-node.ts';

/** SyncNet judges tracks of so many frames at least, as more than fifty detections make one in the official code. */
const FEWEST_FRAMES = 51;

/** Frames by which the sound may be early or late; clips that are farther off are dropped. */
const GREATEST_OFFSET = 6;

/** Samples before and after a clip that it may get instead of its own. */
const REACH = samplesOfFrames(GREATEST_OFFSET, CLIP_FRAME_RATE);

/** Side of the faces that HyperIQA is shown the middle of. */
const SCORED_SIDE = 256;

/** What clips must reach; undefined where nobody asked. */
export interface ClipThresholds {
  confidence?: number;
  quality?: number;
}

/** Returns why a clip is dropped by what was measured of it; undefined when it is kept. */
export function reasonToDrop({ sync, quality }: ClipRecord, thresholds: ClipThresholds): DropReason | undefined {
  if (thresholds.confidence !== undefined) {
    if (!sync) return 'short';
    // Of a sound that does not belong to the clip, the offset means nothing.
    if (sync.confidence < thresholds.confidence) return 'confidence';
    if (Math.abs(sync.offset) > GREATEST_OFFSET) return 'offset';
  }
  return thresholds.quality !== undefined && quality !== undefined && quality < thresholds.quality
    ? 'quality'
    : undefined;
}

/** Where a video is, and the folder of its clips. */
export interface FilterTask {
  path: string;
  folder: ClipFolder;
  signal?: AbortSignal;
}

/** Yields the frames of clips, in order, with the number of each clip's frame. */
async function* framesOfClips(
  video: VideoReader,
  clips: readonly { clip: ClipRecord; frames: readonly number[] }[],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ clip: ClipRecord; index: number; frame: VideoImage }> {
  const schedule = constantRateSchedule(video.timestamps, video.info.durationSeconds, CLIP_FRAME_RATE);
  const wanted = clips.flatMap(({ clip, frames }) => frames.map((index) => ({ clip, index })));
  const numbers = wanted.map(({ clip, index }) => schedule.sourceIndex(clip.firstFrame + index));
  let next = 0;
  for await (const frame of chosenFrames(video, numbers, signal)) {
    yield { ...wanted[next++], frame };
    video.recycle(frame);
  }
}

/** Whether a clip is long enough for SyncNet. */
export function isLongEnough({ boxes }: ClipRecord): boolean {
  return boxes.length >= FEWEST_FRAMES;
}

/**
 * Returns the sound of a clip moved to where it belongs.
 *
 * @param samples - of the clip, and so many before and after it as the greatest offset takes.
 * @param offset - frames by which it is early.
 */
export function movedSound(samples: Float32Array, offset: number): Float32Array {
  // What is early is to be heard later: earlier samples come in its place.
  const shift = Math.sign(offset) * samplesOfFrames(Math.abs(offset), CLIP_FRAME_RATE);
  return samples.subarray(REACH - shift, samples.length - REACH - shift);
}

/**
 * Measures by how much the sound of clips is off, and writes them again with a sound that is not. Clips are in order, and long enough.
 */
export async function measureSync(
  clips: readonly ClipRecord[],
  judge: SyncNetJudge,
  { path, folder, signal }: FilterTask,
): Promise<void> {
  await using video = await openVideo(path, { signal });
  await using audio = await openAudio(path, { signal });
  await using sound = new SoundCursor(audio, signal);
  const soundDelay = video.originSeconds - audio.originSeconds;
  const wanted = clips.map((clip) => ({ clip, frames: Array.from(clip.boxes.keys()) }));
  let watch: SyncNetWatch | undefined;
  let samples = new Float32Array(0); // of the clip, and so many before and after it
  for await (const { clip, index, frame } of framesOfClips(video, wanted, signal)) {
    if (index === 0) {
      const from = firstSample(clip.firstFrame, soundDelay);
      const length = samplesOfFrames(clip.boxes.length, CLIP_FRAME_RATE);
      samples = new Float32Array(await sound.read(from - REACH, from + length + REACH));
      // As it was written: the official code hears the clip's own sound.
      const heard = fromInt16(toInt16(movedSound(samples, 0)));
      const boxes = clip.boxes.map(([x, y, width, height]) => ({ x, y, width, height }));
      const track = { firstFrame: 0, places: cropPlaces(boxes) };
      watch = new SyncNetWatch(judge, track, { rows: mfcc(heard), laterRows: 0 });
    }
    await watch!.watch(frame.data, signal);
    if (index < clip.boxes.length - 1) continue;
    await watch!.finish(signal);
    const { offset, confidence } = scoreOfDistances(watch!.distances);
    if (offset !== 0 && Math.abs(offset) <= GREATEST_OFFSET) {
      await replaceSound(folder.find(clip.file)!, movedSound(samples, offset), {
        soundEarlyFrames: String(offset),
        signal,
      });
    }
    clip.sync = { offset, confidence };
  }
}

/** Writes a clip again with another sound of the same length. */
export async function replaceSound(
  path: string,
  samples: Float32Array,
  { soundEarlyFrames, signal }: { soundEarlyFrames: string; signal?: AbortSignal },
): Promise<void> {
  const contents = await readClip(path);
  const origin = { ...contents.origin, soundEarlyFrames };
  await writeTrainingClip(path, { ...contents, audio: toInt16(samples), origin }, signal);
}

async function readClip(path: string) {
  await using clip = await openTrainingClip(path);
  return { frames: await clip.readFrames(), frameRate: clip.frameRate, origin: clip.origin };
}

/** Scores the faces of clips: the first, the middle and the last, aligned as the official code aligns what it scores. Clips are in order. */
export async function measureQuality(
  clips: readonly ClipRecord[],
  scorer: PictureScorer,
  { path, signal }: FilterTask,
): Promise<void> {
  await using video = await openVideo(path, { signal });
  const aligner = new FaceAligner(SCORED_SIDE, { direct: true });
  const wanted = clips.map((clip) => ({ clip, frames: judgedFrames(clip.boxes.length) }));
  const scores = new Map<ClipRecord, number[]>();
  for await (const { clip, frame } of framesOfClips(video, wanted, signal)) {
    const ofClip = scores.get(clip) ?? [];
    scores.set(clip, ofClip);
    aligner.reset(); // the frames are far apart
    const { face } = aligner.align(frame.data, clip.points[ofClip.length]);
    ofClip.push(await scorer.score(face, signal));
  }
  for (const [clip, ofClip] of scores) clip.quality = ofClip.reduce((sum, score) => sum + score, 0) / ofClip.length;
}
