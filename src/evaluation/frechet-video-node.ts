// frechetVideoDistance: two folders of videos → how far apart they are: FVD of the faces, as the official evaluation measures it.
import { join } from 'node:path';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { evaluationWeights } from '../hub/evaluation-weights-node.ts';
import { constantRateSchedule } from '../media/frame-timing.ts';
import { openVideo } from '../media/input-file-node.ts';
import { videoNames } from '../media/video-folder-node.ts';
import type { VideoReader } from '../media/video-reader.ts';
import { wholeFrame, type FaceDetector } from '../models/face-detector.ts';
import { openFaceDetector } from '../pipelines/faces/face-landmarker-node.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device } from '../runtime/runtime.ts';
import type { Image8 } from '../tensor/image.ts';
import { Tensor } from '../tensor/tensor.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError, type ErrorCode } from '../util/errors.ts';
import { joined } from '../util/joined.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { wordForPrograms, wording } from '../util/wording.ts';
import { chosenFrames } from './chosen-frames.ts';
import { frechetDistance } from './frechet-distance.ts';
import { frechetVideoOptions } from './official-options.ts';
import { CLIP_FRAMES, faceOfClip, VideoFeatures } from './video-features.ts';

/** How {@link frechetVideoDistance} works. */
export interface FrechetVideoOptions {
  /** Weights of I3D, `i3d_torchscript.pt`, whose program does not run. Default: the model's. */
  i3d?: string;
  /** The model whose part `evaluation` has the weights: `1.5`, `1.6`, or a folder laid out as theirs. Default: whichever is downloaded. */
  model?: string;
  /** Shows I3D values of 0 to 1 and counts frames by their numbers in the file, as the official code does. Default false. */
  reference?: boolean;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  signal?: AbortSignal;
  /** Stage `features`, in videos. */
  onProgress?: OnProgress;
}

/** How far apart two sets of videos are. */
export interface FrechetVideoDistance {
  /** 0 for sets of the same features; higher is farther apart. */
  distance: number;
  /** Videos of each folder that were compared. */
  videos: [number, number];
  /** Those that could not be, and why. */
  leftOut: { video: string; reason: string }[];
}

/** The first frame of the clip, as in the official evaluation. */
const FIRST_FRAME = 20;

const FRAME_RATE = 25;

/** Distances are of at least so many videos in each set: one has no spread. */
const FEWEST_VIDEOS = 2;

/** Errors that concern one video only. */
const FAULTS_OF_A_VIDEO: readonly ErrorCode[] = ['media-unreadable', 'no-video-track', 'video-undecodable', 'no-face'];

/**
 * Returns the Fréchet distance of the features that I3D has of the faces in two folders of videos: of each video frames 20 to 35, 25 per
 * second, in each of which the likeliest face is cut out. Videos that are shorter, or show no face there, are left out and named. Memory
 * grows by 1.6 kB per video.
 *
 * @throws OptionError for an option out of range.
 * @throws LatentSyncError `model-not-downloaded`, `file-not-found`, `checkpoint-corrupt` or `checkpoint-mismatch` when there are no such
 * weights or videos; `input-invalid` when fewer than two videos are left in either folder; or `aborted` when the signal fires.
 * @example
 * const { distance } = await frechetVideoDistance('real', 'drawn');
 */
export async function frechetVideoDistance(
  first: string,
  second: string,
  options: FrechetVideoOptions = {},
): Promise<FrechetVideoDistance> {
  checkOptions(frechetVideoOptions, options);
  const { model, device, threads, reference = false, signal, onProgress } = options;
  throwIfAborted(signal);
  const folders = await Promise.all(
    [first, second].map(async (folder) => ({ folder, names: await videoNames(folder) })),
  );
  const lone = folders.find(({ names }) => names.length < FEWEST_VIDEOS);
  if (lone) throw tooFewVideos(lone.folder, lone.names.length, []);
  await using weights = await openCheckpointFile(await evaluationWeights('i3d', { file: options.i3d, model }));
  await using runtime = createRuntime({ device, threads });
  await using features = await VideoFeatures.open(runtime, weights, { reference });
  await using detector = await openFaceDetector(runtime);

  const clips = folders.reduce((sum, { names }) => sum + names.length, 0);
  const progress = new ProgressReporter('features', clips, onProgress);
  const leftOut: FrechetVideoDistance['leftOut'] = [];
  const sets: Float32Array[][] = [];
  const featuresOf = async (path: string): Promise<Float32Array> => {
    await using video = await openVideo(path, { signal });
    return await features.of(await clipOf(video, detector, { reference, signal }), signal);
  };
  let done = 0;
  for (const { folder, names } of folders) {
    const rows: Float32Array[] = [];
    for (const path of names.map((name) => join(folder, name))) {
      try {
        rows.push(await featuresOf(path));
      } catch (error) {
        if (!(error instanceof LatentSyncError) || !FAULTS_OF_A_VIDEO.includes(error.code)) throw error;
        leftOut.push({ video: path, reason: wordForPrograms(error.problem) });
      }
      progress.report(++done);
    }
    if (rows.length < FEWEST_VIDEOS) throw tooFewVideos(folder, rows.length, leftOut);
    sets.push(rows);
  }
  const [a, b] = sets.map((rows) => Tensor.float32([rows.length, rows[0].length], joined(rows)));
  return { distance: frechetDistance(a, b), videos: [a.shape[0], b.shape[0]], leftOut };
}

function tooFewVideos(folder: string, count: number, leftOut: FrechetVideoDistance['leftOut']): LatentSyncError {
  const reasons = leftOut.map(({ reason }) => `\n  ${reason}`).join('');
  return new LatentSyncError(
    'input-invalid',
    wording`The folder ${folder} has too few videos that can be compared (${count}); a distance takes ${FEWEST_VIDEOS} at least, and hundreds to mean much.`,
    { remedy: `Add videos of at least ${(FIRST_FRAME + CLIP_FRAMES) / FRAME_RATE} s that show a face.${reasons}` },
  );
}

/** Returns the faces of a video's clip. */
async function clipOf(
  video: VideoReader,
  detector: FaceDetector,
  { reference, signal }: { reference: boolean; signal?: AbortSignal },
): Promise<Image8[]> {
  const { name, timestamps, info } = video;
  const schedule = constantRateSchedule(timestamps, info.durationSeconds, FRAME_RATE);
  const count = reference ? timestamps.length : schedule.count;
  if (count < FIRST_FRAME + CLIP_FRAMES) {
    throw new LatentSyncError(
      'no-face',
      wording`${name} has ${count} frames; the clip that is compared ends after ${FIRST_FRAME + CLIP_FRAMES}.`,
    );
  }
  const numbers = Array.from({ length: CLIP_FRAMES }, (_, i) =>
    reference ? FIRST_FRAME + i : schedule.sourceIndex(FIRST_FRAME + i),
  );
  const faces: Image8[] = [];
  for await (const frame of chosenFrames(video, numbers, signal)) {
    const face = await firstFace(frame.data, detector, signal);
    const seconds = frame.timestampSeconds.toFixed(2);
    if (!face) throw new LatentSyncError('no-face', wording`${name} shows no face at ${seconds} s.`);
    faces.push(face);
    video.recycle(frame);
  }
  return faces;
}

async function firstFace(frame: Image8, detector: FaceDetector, signal?: AbortSignal): Promise<Image8 | undefined> {
  const inAll = await detector.detect(frame, { squares: [wholeFrame(frame)], signal });
  const face = inAll.at(0) ?? (await detector.detect(frame, { signal })).at(0); // a small one is found in parts of the frame only
  return face && faceOfClip(frame, face.box);
}
