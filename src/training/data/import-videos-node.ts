// importVideos: videos of people talking → training clips, filtered as the official data is. Each step goes on where it was interrupted.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpointFile } from '../../checkpoint/checkpoint-file-node.ts';
import { PictureScorer } from '../../evaluation/picture-scorer.ts';
import { SyncNetJudge } from '../../evaluation/syncnet-judge.ts';
import { fileIdentity, makeDirectory } from '../../hub/files-node.ts';
import { namedVideos, type NamedVideo } from '../../media/video-folder-node.ts';
import { openFaceLandmarker } from '../../pipelines/faces/face-landmarker-node.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { throwIfAborted } from '../../util/abort.ts';
import { OptionError } from '../../util/assert.ts';
import { type ErrorCode, LatentSyncError } from '../../util/errors.ts';
import { fileError } from '../../util/file-errors.ts';
import { checkOptions } from '../../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { option, wordForPrograms, wording } from '../../util/wording.ts';
import { writeWholeFile } from '../../util/whole-file-node.ts';
import { isLongEnough, measureQuality, measureSync, reasonToDrop, type ClipThresholds } from './clip-filters-node.ts';
import { importVideosOptions } from './clip-options.ts';
import { faceResolution } from './clip-resolution.ts';
import { CLIP_LIST } from './clip-set-node.ts';
import { cutClips } from './cut-clips-node.ts';
import {
  ClipFolder,
  dropReasons,
  type CutSettings,
  type DropReason,
  type FramesLeftOut,
  type VideoRecord,
} from './video-record-node.ts';

/** What to import. */
export interface ImportVideosOptions {
  /** Folder of videos with sound, whose subfolders are ignored, or a list of videos, one path per line. */
  videos: string;
  /** Folder of the clips, created if missing. */
  output: string;
  /** Maximum length of a clip, 1 to 60 s. Default 4. */
  seconds?: number;
  /** Side of the aligned faces in pixels, 64 to 512, a multiple of 8. Default: that of the model "tiny". */
  resolution?: number;
  /** Takes only frames that show exactly one face. Default false. */
  oneFace?: boolean;
  /** Least width and height of a face in the video, 1 to 4096 pixels. Default 1. */
  minFace?: number;
  /**
   * Weights of SyncNet v2, `syncnet_v2.model`: by how much the sound of each clip is off is measured and corrected. Clips of less than
   * 51 frames, with sound that is off by more than six, or with too little confidence, are dropped.
   */
  syncnet?: string;
  /** SyncNet's confidence from which on a clip is kept, 0 to 100. Default 3. */
  minConfidence?: number;
  /** Weights of HyperIQA, `koniq_pretrained.pkl`: clips whose faces look too bad are dropped. */
  hyperiqa?: string;
  /** HyperIQA's score from which on a clip is kept, 0 to 100. Default 40. */
  minQuality?: number;
  signal?: AbortSignal;
  /** Stages `faces`, in frames, and `sync` and `quality`, in videos. */
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
  /** Clips whose sound was moved. */
  corrected: number;
  /** Clips that were moved to the folder `dropped` within, by the reason. */
  dropped: Record<DropReason, number>;
  /** Frames that are in no clip, by the reason. */
  framesLeftOut: FramesLeftOut;
  /** Videos that could not be used, and why. */
  skipped: { video: string; reason: string }[];
}

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
 * per second. Where a shot ends or the face is lost, the clip ends too. What the filters drop goes to a folder within, so that other
 * thresholds bring it back without anything being measured again; `clips.txt` lists what is kept.
 *
 * @throws RangeError for an option out of range.
 * @throws LatentSyncError `file-not-found` when the folder or a video in it is missing, `checkpoint-corrupt` or `checkpoint-mismatch` for wrong
 * weights, `output-not-writable`, `insufficient-disk`, `runtime-failed`, or `aborted` when the signal fires; no incomplete file is left then.
 * @example
 * await importVideos({ videos: 'footage', output: 'clips/footage', syncnet: 'syncnet_v2.model' });
 */
export async function importVideos(options: ImportVideosOptions): Promise<ImportedVideos> {
  checkOptions(importVideosOptions, options);
  const { output, signal, onProgress, syncnet, hyperiqa } = options;
  const thresholds = thresholdsOf(options);
  const settings: CutSettings = {
    seconds: options.seconds ?? importVideosOptions.seconds.default,
    resolution: faceResolution(options.resolution),
    oneFace: options.oneFace ?? false,
    minFace: options.minFace ?? importVideosOptions.minFace.default,
  };
  throwIfAborted(signal);
  const videos = await namedVideos(options.videos);
  const weights = {
    syncnet: syncnet === undefined ? undefined : await weightsIdentity(syncnet),
    hyperiqa: hyperiqa === undefined ? undefined : await weightsIdentity(hyperiqa),
  };
  await makeDirectory(output, { what: 'folder of the clips', remedy: wording`Choose another ${option('output')}.` });
  await using runtime = createRuntime();

  const importer = new VideoImporter(new ClipFolder(output), { settings, weights, thresholds, runtime, signal });
  await importer.cut(videos, onProgress);
  if (syncnet !== undefined) await importer.sync(videos, syncnet, onProgress);
  if (hyperiqa !== undefined) await importer.score(videos, hyperiqa, onProgress);
  return await importer.finish(videos, output);
}

function thresholdsOf({ syncnet, hyperiqa, minConfidence, minQuality }: ImportVideosOptions): ClipThresholds {
  if (syncnet === undefined && minConfidence !== undefined) {
    throw new OptionError('minConfidence', wording`be given with ${option('syncnet')}`);
  }
  if (hyperiqa === undefined && minQuality !== undefined) {
    throw new OptionError('minQuality', wording`be given with ${option('hyperiqa')}`);
  }
  return {
    confidence: syncnet === undefined ? undefined : (minConfidence ?? importVideosOptions.minConfidence.default),
    quality: hyperiqa === undefined ? undefined : (minQuality ?? importVideosOptions.minQuality.default),
  };
}

async function weightsIdentity(path: string): Promise<string> {
  try {
    return await fileIdentity(path);
  } catch (error) {
    throw fileError(error, path, { what: 'The file of weights' });
  }
}

async function stateOf(video: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    return await stat(video);
  } catch (error) {
    throw fileError(error, video, { remedy: 'Remove it from the folder or the list, or fix the link.' });
  }
}

/** What is done with every video. */
interface ImportContext {
  readonly settings: CutSettings;
  /** By sha256; undefined where they do not filter. */
  readonly weights: Pick<VideoRecord, 'syncnet' | 'hyperiqa'>;
  readonly thresholds: ClipThresholds;
  readonly runtime: Runtime;
  readonly signal: AbortSignal | undefined;
}

/** What is opened when it is needed first. */
class Lazy<T extends AsyncDisposable> implements AsyncDisposable {
  readonly #open: () => Promise<T>;
  #opened: T | undefined;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  async get(): Promise<T> {
    return (this.#opened ??= await this.#open());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened?.[Symbol.asyncDispose]();
  }
}

/** Takes all videos through one step after another. What a step knows of a video is in the video's record. */
class VideoImporter {
  readonly #folder: ClipFolder;
  readonly #context: ImportContext;
  readonly #skipped = new Map<string, string>();
  #unchanged = 0;

  constructor(folder: ClipFolder, context: ImportContext) {
    this.#folder = folder;
    this.#context = context;
  }

  /** Cuts the clips of each video that has none, or that has changed. */
  async cut(videos: readonly NamedVideo[], onProgress: OnProgress | undefined): Promise<void> {
    const { settings, runtime, signal } = this.#context;
    await using landmarker = await openFaceLandmarker({ runtime, signal });
    const progress = new ProgressReporter('faces', undefined, onProgress);
    let looked = 0;
    await this.#each(videos, async ({ name, path }) => {
      const { size, mtimeMs: modified } = await stateOf(path);
      const kept = await this.#folder.read(name);
      if (kept && kept.size === size && kept.modified === modified && this.#isCurrent(kept)) {
        this.#unchanged++;
        await this.#settle(name, kept);
        return;
      }
      await this.#folder.remove(name);
      const state = { bytes: String(size), modified: String(modified) };
      const onFrame = (): void => {
        progress.report(++looked);
      };
      const task = { path, name, output: this.#folder.path, settings, state, landmarker, signal, onFrame };
      try {
        await this.#settle(name, { size, modified, ...settings, ...(await cutClips(task)) });
      } catch (error) {
        await this.#folder.remove(name);
        throw error;
      }
    });
  }

  /** Whether the clips of a record are those that are asked for, or can become so by measuring more. */
  #isCurrent(record: VideoRecord): boolean {
    const { settings, weights } = this.#context;
    const keys = Object.keys(settings) as (keyof CutSettings)[];
    // What was measured with other weights may have moved the sound.
    const isSynced = record.syncnet === undefined || record.syncnet === weights.syncnet;
    return isSynced && keys.every((key) => record[key] === settings[key]);
  }

  /** Measures and corrects the sound of each clip that was not, with SyncNet's weights in a file. */
  async sync(videos: readonly NamedVideo[], file: string, onProgress: OnProgress | undefined): Promise<void> {
    const { runtime, weights, signal } = this.#context;
    await using judge = new Lazy(async () => {
      await using checkpoint = await openCheckpointFile(file);
      return await SyncNetJudge.open(runtime, checkpoint);
    });
    await this.#measure(videos, 'sync', onProgress, async (record, path) => {
      const clips = record.clips.filter((clip) => !clip.sync && isLongEnough(clip));
      if (clips.length > 0) await measureSync(clips, await judge.get(), { path, folder: this.#folder, signal });
      record.syncnet = weights.syncnet;
    });
  }

  /** Scores each clip that is not dropped and was not, with HyperIQA's weights in a file. */
  async score(videos: readonly NamedVideo[], file: string, onProgress: OnProgress | undefined): Promise<void> {
    const { runtime, weights, signal } = this.#context;
    await using scorer = new Lazy(async () => {
      await using checkpoint = await openCheckpointFile(file);
      return await PictureScorer.open(runtime, checkpoint);
    });
    await this.#measure(videos, 'quality', onProgress, async (record, path) => {
      if (record.hyperiqa !== weights.hyperiqa) for (const clip of record.clips) clip.quality = undefined;
      const clips = record.clips.filter(({ quality, dropped }) => quality === undefined && dropped === undefined);
      if (clips.length > 0) await measureQuality(clips, await scorer.get(), { path, folder: this.#folder, signal });
      record.hyperiqa = weights.hyperiqa;
    });
  }

  async #measure(
    videos: readonly NamedVideo[],
    stage: 'sync' | 'quality',
    onProgress: OnProgress | undefined,
    measure: (record: VideoRecord, path: string) => Promise<void>,
  ): Promise<void> {
    const progress = new ProgressReporter(stage, videos.length, onProgress);
    let done = 0;
    await this.#each(videos, async ({ name, path }) => {
      const record = await this.#folder.read(name);
      if (record) {
        await measure(record, path);
        await this.#settle(name, record);
      }
      progress.report(++done);
    });
  }

  #settle(name: string, record: VideoRecord): Promise<void> {
    return this.#folder.settle(name, record, (clip) => reasonToDrop(clip, this.#measured(record)));
  }

  /** Returns the thresholds of what was measured so far. */
  #measured({ syncnet, hyperiqa }: VideoRecord): ClipThresholds {
    const { weights, thresholds } = this.#context;
    return {
      confidence: syncnet === weights.syncnet ? thresholds.confidence : undefined,
      quality: hyperiqa === weights.hyperiqa ? thresholds.quality : undefined,
    };
  }

  /** Does something with each video that can be used. */
  async #each(videos: readonly NamedVideo[], work: (video: NamedVideo) => Promise<void>): Promise<void> {
    for (const video of videos.filter(({ name }) => !this.#skipped.has(name))) {
      throwIfAborted(this.#context.signal);
      try {
        await work(video);
      } catch (error) {
        if (!(error instanceof LatentSyncError) || !FAULTS_OF_A_VIDEO.includes(error.code)) throw error;
        this.#skipped.set(video.name, wordForPrograms(error.problem));
      }
    }
  }

  /** Lists the clips that are kept, and returns what became of all. */
  async finish(videos: readonly NamedVideo[], output: string): Promise<ImportedVideos> {
    const result: ImportedVideos = {
      output,
      videos: 0,
      unchanged: this.#unchanged,
      clips: 0,
      frames: 0,
      corrected: 0,
      dropped: Object.fromEntries(dropReasons.map((reason) => [reason, 0])) as ImportedVideos['dropped'],
      framesLeftOut: { noFace: 0, severalFaces: 0, smallFace: 0, shortPiece: 0 },
      skipped: Array.from(this.#skipped, ([video, reason]) => ({ video, reason })),
    };
    const { framesLeftOut } = result;
    const kept: string[] = [];
    for (const { name } of videos) {
      const record = this.#skipped.has(name) ? undefined : await this.#folder.read(name);
      if (!record) continue;
      result.videos++;
      for (const reason of Object.keys(framesLeftOut) as (keyof FramesLeftOut)[]) {
        framesLeftOut[reason] += record.leftOut[reason];
      }
      for (const { file, boxes, sync, dropped } of record.clips) {
        if (dropped !== undefined) result.dropped[dropped]++;
        else {
          kept.push(file);
          result.frames += boxes.length;
          if (sync && sync.offset !== 0) result.corrected++;
        }
      }
    }
    result.clips = kept.length;
    await writeWholeFile(join(output, CLIP_LIST), kept.map((file) => `${file}\n`).join(''));
    return result;
  }
}
