// importVideos: a folder of videos of people talking → training clips. Unchanged videos are not read again.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../../util/file-errors.ts';
import { writeWholeFile } from '../../util/whole-file-node.ts';
import { openAudio, openVideo } from '../../media/input-file-node.ts';
import { videoNames } from '../../media/video-folder-node.ts';
import { openFaceLandmarker } from '../../pipelines/faces/face-landmarker-node.ts';
import type { FaceLandmarker } from '../../pipelines/faces/face-landmarker.ts';
import { makeDirectory } from '../../hub/files-node.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { type ErrorCode, LatentSyncError } from '../../util/errors.ts';
import { checkOptions } from '../../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { stackImages, type Image8 } from '../../tensor/image.ts';
import { option, wordForPrograms, wording } from '../../util/wording.ts';
import { faceResolution } from './clip-resolution.ts';
import { importVideosOptions } from './clip-options.ts';
import { CLIP_FRAME_RATE } from './clip-recipe.ts';
import { faceCrops } from './face-crops.ts';
import { SoundCursor } from './sound-cursor.ts';
import { CLIP_SUFFIX, writeTrainingClip } from './training-clip-node.ts';
import { CLIP_SAMPLE_RATE, samplesOfFrames, toInt16 } from './training-clip.ts';

/** What to import. */
export interface ImportVideosOptions {
  /** Folder of videos with sound; its subfolders are ignored. */
  videos: string;
  /** Folder of the clips, created if missing. */
  output: string;
  /** Maximum length of a clip, 1 to 60 s. Default 4. */
  seconds?: number;
  /** Side of the aligned faces in pixels, 64 to 512, a multiple of 8. Default: that of the model `tiny`. */
  resolution?: number;
  signal?: AbortSignal;
  /** Stage `faces`, in frames. */
  onProgress?: OnProgress;
}

/** What was imported. */
export interface ImportedVideos {
  output: string;
  /** Videos whose clips are now in the folder, and how many of them were unchanged since the last time. */
  videos: number;
  unchanged: number;
  /** Clips now in the folder, and their frames. */
  clips: number;
  frames: number;
  /** Frames that are in no clip: those without a face, or in pieces that are too short. */
  framesLeftOut: number;
  /** Videos that could not be used, and why. */
  skipped: { video: string; reason: string }[];
}

/** What is recorded next to the clips of a video, in a file named after it. */
interface VideoRecord {
  /** Bytes and time of change of the video, and the length and resolution of clips when they were made. */
  size: number;
  modified: number;
  seconds: number;
  resolution: number;
  clips: string[];
  frames: number;
  framesLeftOut: number;
}

/** What all clips have in common. */
interface ClipShape {
  seconds: number;
  resolution: number;
}

/** Pieces shorter than a second are too short to learn from. */
const SHORTEST_FRAMES = CLIP_FRAME_RATE;

/** Errors that concern one video only and do not prevent the others from being used. */
const FAULTS_OF_A_VIDEO: readonly ErrorCode[] = [
  'media-unreadable',
  'no-video-track',
  'no-audio-track',
  'video-undecodable',
  'audio-undecodable',
  'audio-empty',
];

/**
 * Finds and aligns the faces of videos as the lip-sync pipeline does, and writes them with their sound as clips at 25 frames
 * per second. Where a shot ends or the face is lost, the clip ends too.
 *
 * @throws RangeError for an option out of range.
 * @throws LatentSyncError `file-not-found` when the folder or a video in it is missing, `output-not-writable`,
 * `insufficient-disk`, `runtime-failed`, or `aborted` when the signal fires; no incomplete file is left then.
 * @example
 * await importVideos({ videos: 'footage', output: 'clips/footage' });
 */
export async function importVideos(options: ImportVideosOptions): Promise<ImportedVideos> {
  checkOptions(importVideosOptions, options);
  const { videos, output, signal, seconds = importVideosOptions.seconds.default } = options;
  const resolution = faceResolution(options.resolution);
  throwIfAborted(signal);
  const names = await videoNames(videos);
  await makeDirectory(output, { what: 'folder of the clips', remedy: wording`Choose another ${option('output')}.` });
  await using runtime = createRuntime();
  await using landmarker = await openFaceLandmarker({ runtime, signal });

  const result: ImportedVideos = {
    output,
    videos: 0,
    unchanged: 0,
    clips: 0,
    frames: 0,
    framesLeftOut: 0,
    skipped: [],
  };
  const importer = new VideoImporter(landmarker, output, { seconds, resolution }, signal);
  const progress = new ProgressReporter('faces', undefined, options.onProgress);
  let looked = 0;
  for (const name of names) {
    try {
      const { record, unchanged } = await importer.import(join(videos, name), name, () => {
        progress.report(++looked);
      });
      result.videos++;
      if (unchanged) result.unchanged++;
      result.clips += record.clips.length;
      result.frames += record.frames;
      result.framesLeftOut += record.framesLeftOut;
    } catch (error) {
      if (!(error instanceof LatentSyncError) || !FAULTS_OF_A_VIDEO.includes(error.code)) throw error;
      result.skipped.push({ video: name, reason: wordForPrograms(error.problem) });
    }
  }
  return result;
}

async function stateOf(video: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    return await stat(video);
  } catch (error) {
    throw fileError(error, video, { remedy: 'Remove it from the folder, or fix the link.' });
  }
}

/** Makes the clips of one video after another. */
class VideoImporter {
  readonly #landmarker: FaceLandmarker;
  readonly #output: string;
  readonly #shape: ClipShape;
  readonly #signal: AbortSignal | undefined;

  constructor(landmarker: FaceLandmarker, output: string, shape: ClipShape, signal: AbortSignal | undefined) {
    this.#landmarker = landmarker;
    this.#output = output;
    this.#shape = shape;
    this.#signal = signal;
  }

  /** Returns the record of a video's clips, making them if they are missing or the video has changed. */
  async import(path: string, name: string, onFrame: () => void): Promise<{ record: VideoRecord; unchanged: boolean }> {
    const { size, mtimeMs: modified } = await stateOf(path);
    const recordPath = join(this.#output, `${name}.json`);
    const kept = await readRecord(recordPath);
    if (
      kept?.size === size &&
      kept.modified === modified &&
      kept.seconds === this.#shape.seconds &&
      kept.resolution === this.#shape.resolution &&
      kept.clips.every((clip) => existsSync(join(this.#output, clip)))
    ) {
      return { record: kept, unchanged: true };
    }
    await this.#removeClips(name);
    let made: Pick<VideoRecord, 'clips' | 'frames' | 'framesLeftOut'>;
    try {
      made = await this.#makeClips(path, name, { bytes: String(size), modified: String(modified) }, onFrame);
    } catch (error) {
      await this.#removeClips(name);
      throw error;
    }
    const record: VideoRecord = { size, modified, ...this.#shape, ...made };
    await writeWholeFile(recordPath, `${JSON.stringify(record, undefined, 2)}\n`);
    return { record, unchanged: false };
  }

  /** Removes the clips of a video, including those that an interrupted import left without a record. */
  async #removeClips(video: string): Promise<void> {
    for (const file of await readdir(this.#output)) {
      if (!file.startsWith(`${video}-`) || !file.endsWith(CLIP_SUFFIX)) continue;
      const start = file.slice(video.length + 1, -CLIP_SUFFIX.length);
      if (/^\d+$/.test(start)) await rm(join(this.#output, file));
    }
  }

  /** @param state - of the video, so that what is later derived from its clips is not mistaken for another video's. */
  async #makeClips(
    path: string,
    name: string,
    state: Readonly<Record<string, string>>,
    onFrame: () => void,
  ): Promise<Pick<VideoRecord, 'clips' | 'frames' | 'framesLeftOut'>> {
    const signal = this.#signal;
    await using video = await openVideo(path);
    await using audio = await openAudio(path);
    await using sound = new SoundCursor(audio, signal);
    const soundDelay = video.originSeconds - audio.originSeconds;
    const { resolution } = this.#shape;
    const longest = Math.round(this.#shape.seconds * CLIP_FRAME_RATE);
    const made = { clips: [] as string[], frames: 0, framesLeftOut: 0 };
    let piece: Image8[] = [];
    let end = 0; // the frame after the piece
    const finishPiece = async (): Promise<void> => {
      const start = end - piece.length;
      if (piece.length < SHORTEST_FRAMES) made.framesLeftOut += piece.length;
      else {
        const clip = `${name}-${String(start).padStart(6, '0')}${CLIP_SUFFIX}`;
        const from = Math.round((start / CLIP_FRAME_RATE + soundDelay) * CLIP_SAMPLE_RATE);
        const samples = await sound.read(from, from + samplesOfFrames(piece.length, CLIP_FRAME_RATE));
        const contents = {
          frames: stackImages(piece),
          audio: toInt16(samples),
          frameRate: CLIP_FRAME_RATE,
          origin: {
            source: 'video',
            video: name,
            ...state,
            startSeconds: String(start / CLIP_FRAME_RATE),
            frames: String(piece.length),
          },
        };
        await writeTrainingClip(join(this.#output, clip), contents, signal);
        made.clips.push(clip);
        made.frames += piece.length;
      }
      piece = [];
    };
    const frames = video.images({ fps: CLIP_FRAME_RATE, signal });
    for await (const { face, startsTrack } of faceCrops(frames, { landmarker: this.#landmarker, resolution, signal })) {
      if (piece.length > 0 && (!face || startsTrack || piece.length === longest)) await finishPiece();
      if (face) piece.push(face);
      else made.framesLeftOut++;
      end++;
      onFrame();
    }
    await finishPiece();
    return made;
  }
}

/** Returns the record of a video; undefined if there is none, or none that can be read. */
async function readRecord(path: string): Promise<VideoRecord | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as Partial<VideoRecord>;
    const isRecord = Array.isArray(record.clips) && record.clips.every((clip) => typeof clip === 'string');
    return isRecord ? (record as VideoRecord) : undefined;
  } catch {
    return undefined;
  }
}
