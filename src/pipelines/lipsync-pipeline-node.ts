// LipsyncPipeline in Node: opens models, files and the networks' process, and closes them; the job itself is lipsync-pipeline.ts.
import { FeatureCache } from '../hub/feature-cache-node.ts';
import { checkMemory } from '../hub/resources-node.ts';
import { openAudio, openVideo, pathOf } from '../media/input-file-node.ts';
import type { AudioReader } from '../media/audio-reader.ts';
import { codecFacts } from '../media/encoded-formats.ts';
import type { MediaWarning } from '../media/media-warning.ts';
import { keptStreams, streamWarnings, type KeptStreams } from '../media/other-streams.ts';
import { containerOf } from '../media/output-containers.ts';
import { checkOutput } from '../media/output-file-node.ts';
import { videoFormat } from '../media/video-file-writer-node.ts';
import type { VideoInfo } from '../media/video-reader.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Image8 } from '../tensor/image.ts';
import { abortable, throwIfAborted } from '../util/abort.ts';
import { OptionError } from '../util/assert.ts';
import { LatentSyncError, messageOf } from '../util/errors.ts';
import type { OptionDefinition } from '../util/option-table.ts';
import { printable } from '../util/printable.ts';
import { StageClock } from '../util/stage-clock.ts';
import { joinWording, option, wordForPrograms, wording } from '../util/wording.ts';
import { openSileroVad } from './audio/speech-detector-node.ts';
import { FacePoints } from './faces/face-points.ts';
import { readPoints } from './faces/points-file-node.ts';
import { readPicture } from './faces/read-picture-node.ts';
import { checkInsightFaceFolder, openFaceLandmarker } from './faces/face-landmarker-node.ts';
import { RecentTables } from './faces/recent-tables.ts';
import { trackOrigin, trackTableStore } from './faces/track-cache-node.ts';
import type { LatentStore } from './kept-latents.ts';
import { latentOrigin, latentStore } from './latent-store-node.ts';
import { jobFiles, picturesOf } from './job-files.ts';
import { JobInputs } from './job-inputs-node.ts';
import { checkJournal } from './job-journal-node.ts';
import { checkJobDisk, jobIdentity, openJobOutput, segmentFramesOf } from './job-output-node.ts';
import type { TrackTableStore } from './faces/track-video.ts';
import { timelineLines } from './job-report-html.ts';
import { checkReport, isPage, writeReport } from './job-report-node.ts';
import { JobRecord } from './job-record.ts';
import { lipsyncVideo, type LipsyncJob, type LipsyncOutcome } from './lipsync-pipeline.ts';
import { planLipsync, type LipsyncInputs } from './plan-lipsync.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';
import { blamingDamage } from './damaged-picture.ts';
import { lipsyncOpenOptions, lipsyncOptions } from './lipsync-option-table.ts';
import {
  checkLipsyncOpenOptions,
  checkLipsyncOptions,
  checkNoSearch,
  resolveLipsyncOptions,
  type LipsyncOpenOptions,
  type LipsyncOptions,
  type LipsyncRunOptions,
  type ResolvedLipsyncOptions,
} from './lipsync-options.ts';
import { usesDeepCache } from './denoising-path.ts';
import { checkedSync, checkJudge, type SyncCheck } from './judge.ts';
import { withOwnOffset } from './own-offset.ts';
import { withPreset } from './presets.ts';
import { openInt8Weights } from './int8-weights-node.ts';
import { LoadedNetworks } from './loaded-networks.ts';
import { I420, pictureByteLength } from '../tensor/picture.ts';
import { requiredDisk } from './required-disk.ts';
import { audiosOf, resolveSpeakers } from './speakers.ts';
import { requiredFrameMemory, requiredMemory } from './required-memory.ts';

/** The result of a finished job. */
export interface LipsyncResult extends LipsyncOutcome {
  /** The file written. */
  output: string;
  /** Seconds that the job took, without the time it waited for others on the same pipeline. */
  elapsedSeconds: number;
  /** Name of the model that drew the mouth: `tiny`, `1.5`, `1.6`, or the folder that was given. */
  model: string;
  /** What was lost or put right in the files, in the order in which it was found. */
  warnings: readonly MediaWarning[];
  /** By how much the video's own sound was late, so that all sound was moved to come earlier; below 0: later. Undefined where it was not moved. */
  ownSoundLateMs?: number;
  /** How well the lips follow the sound of the output; undefined without `options.check`. */
  check?: SyncCheck;
}

/**
 * Lip-syncs videos. An open pipeline keeps its networks loaded from job to job.
 *
 * @example
 * await using pipeline = await LipsyncPipeline.open({ model: '1.6' });
 * for (const audio of ['english.wav', 'french.wav']) {
 *   await pipeline.run({ video: 'talk.mp4', audio, output: audio.replace('.wav', '.mp4') });
 * }
 */
export class LipsyncPipeline implements AsyncDisposable {
  readonly #options: LipsyncOpenOptions;
  readonly #model: LipsyncModel;
  readonly #networks: LoadedNetworks;
  readonly #recentTables = new RecentTables();
  readonly #closing = new AbortController();
  /** Settles when the most recently requested job has ended. */
  #lastJob: Promise<unknown> = Promise.resolve();

  private constructor(options: LipsyncOpenOptions, model: LipsyncModel) {
    const { device, threads, dtype, insightface } = withPreset(options);
    this.#options = options;
    this.#model = model;
    this.#networks = new LoadedNetworks({
      model,
      dtype,
      createRuntime: () => createRuntime({ device, threads }),
      openLandmarker: (more) => openFaceLandmarker({ ...more, insightface }),
      openVad: openSileroVad,
      openInt8Weights,
    });
  }

  /**
   * Loads the networks of a model.
   *
   * @throws RangeError for an option out of range.
   * @throws LatentSyncError with a code that says what is wrong with the model or this machine; `aborted` when the signal fires.
   */
  static async open(options: LipsyncOpenOptions = {}): Promise<LipsyncPipeline> {
    checkLipsyncOpenOptions(options);
    const { insightface, signal, onProgress } = options;
    throwIfAborted(signal);
    if (insightface !== undefined) await checkInsightFaceFolder(insightface);
    const pipeline = await LipsyncPipeline.#create(options);
    try {
      await pipeline.#checkMemory(undefined);
      await pipeline.#networks.landmarker({ reference: false, seconds: 0, signal });
      await pipeline.#networks.networks({ deepCache: usesDeepCache(withPreset(options)), signal, onProgress });
      return pipeline;
    } catch (error) {
      await pipeline.close();
      throwIfAborted(signal); // whatever else went wrong because of it
      throw error;
    }
  }

  static async #create(options: LipsyncOpenOptions): Promise<LipsyncPipeline> {
    const { model = lipsyncOpenOptions.model.default, vae } = withPreset(options);
    return new LipsyncPipeline(options, await openLipsyncModel(model, { vae }));
  }

  /**
   * Does a single job, with networks loaded only for it.
   *
   * @throws As {@link LipsyncPipeline.open} and the method {@link LipsyncPipeline.run}.
   *
   * @example
   * await LipsyncPipeline.run({ video: 'talk.mp4', audio: 'speech.wav', output: 'out.mp4', model: '1.6' });
   */
  static async run(options: LipsyncOptions): Promise<LipsyncResult> {
    checkLipsyncOptions(options);
    checkJudge(options);
    checkNoSearch(options);
    const startedAt = performance.now();
    throwIfAborted(options.signal);
    // Faults of the files are reported before a model is opened.
    await using inputs = await openInputs(options);
    if (options.insightface !== undefined) await checkInsightFaceFolder(options.insightface);
    await using pipeline = await LipsyncPipeline.#create(options);
    return await pipeline.#do(inputs, withPreset(options), startedAt);
  }

  /**
   * Writes `options.output`, or nothing if the job fails or is canceled. A job requested while another one runs waits for it.
   * If the networks' process has died, or if DeepCache is turned on or off compared with the previous job, the
   * networks are loaded again first.
   *
   * @throws RangeError for an option out of range, or for one that the pipeline was opened with differently.
   * @throws LatentSyncError with a code that says what is wrong with the files, the audio or this machine; `no-face` when
   * the whole video shows none; `aborted` when the signal fires or the pipeline is closed. The pipeline remains usable.
   */
  async run(options: LipsyncRunOptions): Promise<LipsyncResult> {
    const isSame = options.deepCacheInterval === undefined && options.deepCacheThreshold === undefined;
    const { deepCacheInterval, deepCacheThreshold } = isSame ? this.#options : options;
    const deepCache = { deepCacheInterval, deepCacheThreshold };
    const job: LipsyncOptions = { ...this.#options, ...options, ...deepCache, onProgress: options.onProgress };
    checkLipsyncOptions(job);
    checkJudge(job);
    this.#checkSameNetworks(options);
    const signal = AbortSignal.any([this.#closing.signal, ...(options.signal ? [options.signal] : [])]);
    let end: (() => void) | undefined;
    const previous = this.#lastJob;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#lastJob = previous.then(() => ended);
    try {
      await abortable(previous, signal);
      const startedAt = performance.now();
      await using inputs = await openInputs({ ...job, signal });
      return await this.#do(inputs, withPreset({ ...job, signal }), startedAt);
    } catch (error) {
      if (!(error instanceof LatentSyncError && error.code === 'aborted')) throwIfAborted(signal); // whatever else went wrong because of it
      throw error;
    } finally {
      end?.();
    }
  }

  /** Options that determine the networks are fixed when the pipeline is opened. */
  #checkSameNetworks(options: Partial<LipsyncOptions>): void {
    for (const name of ['model', 'preset', 'vae', 'device', 'dtype', 'threads', 'insightface'] as const) {
      const value = options[name];
      const definition: OptionDefinition = lipsyncOpenOptions[name];
      const opened = this.#options[name] ?? definition.default;
      if (value === undefined || value === opened) continue;
      const rule = opened === undefined ? 'be left out, as when' : wording`be ${String(opened)}, with which`;
      throw new OptionError(name, joinWording(rule, ' the pipeline was opened'), value);
    }
  }

  /** @param options - with what a preset says. */
  async #do(inputs: OpenInputs, options: LipsyncOptions, startedAt: number): Promise<LipsyncResult> {
    const { signal, output, report } = options;
    const settings = await correctedSettings(resolveLipsyncOptions(options, this.#model.defaults), inputs, options);
    const { info, layout } = inputs.video;
    await this.#checkMemory(info);
    const identity = await jobIdentity(options, settings, this.#model);
    await checkJournal(identity, options);
    const clock = new StageClock();
    const features = options.cache === false ? undefined : inputs.files.guard(new FeatureCache());
    const listening = { networks: this.#networks, features, signal, onProgress: options.onProgress };
    const plan = await clock.time('measure', () => planLipsync(inputs, settings, listening));
    const { frameCount: frames, durationSeconds, fps = info.frameRate } = plan.timeline;
    const needed = requiredDisk({
      model: this.#model,
      video: info,
      frames,
      segmentFrames: segmentFramesOf(fps),
      faces: expectedFaces(settings),
      durationSeconds,
      quality: settings.quality ?? lipsyncOptions.quality.default,
      bareBytes: settings.reference
        ? pictureByteLength(I420, info.width, info.height)
        : pictureByteLength(layout.format, layout.width, layout.height),
      isBulky:
        settings.lossless === true ||
        settings.quality === 0 ||
        (settings.codec !== undefined && codecFacts[settings.codec].intraOnly),
      reference: settings.reference,
    });
    await checkJobDisk(options, needed);
    const record = report === undefined ? undefined : newRecord(report, durationSeconds, clock);
    await using out = await openJobOutput(options, {
      identity,
      frames,
      inputs: inputs.files,
      video: inputs.video,
      kept: inputs.kept,
      onWarning: (warning) => {
        inputs.warn(warning);
      },
    });
    const job: LipsyncJob = {
      ...inputs,
      plan,
      settings,
      networks: this.#networks,
      openWriter: (format) => out.openWriter(format),
      windows: out.windows,
      features,
      tracks: await this.#trackTables(options, inputs.files),
      latents: await this.#latents(options),
      judge: options.judge,
      record,
      signal,
      onProgress: options.onProgress,
    };
    const outcome = await clock
      .time('job', () => lipsyncVideo(job))
      .catch(async (error: unknown) => {
        throw await out.asEnd(blamingDamage(error, inputs.warnings));
      });
    await out.finish();
    const elapsedSeconds = (performance.now() - startedAt) / 1000;
    if (report !== undefined && record?.plan) {
      const written = writeReport(report, {
        video: inputs.video.name,
        audios: inputs.audios.map(({ name }) => name),
        points: options.points,
        output,
        model: this.#model.name,
        width: info.width,
        height: info.height,
        options: settings,
        ...record.plan,
        segmentFrames: segmentFramesOf(fps),
        record,
        warnings: inputs.warnings,
        elapsedSeconds,
      });
      await written.catch((error: unknown) => {
        inputs.warn(missingReport(report, error));
      });
    }
    const { warnings } = inputs;
    const ownSoundLateMs = Math.round(1000 * settings.ownSoundLateSeconds) || undefined;
    const check = await checkOutputSync(options);
    return { ...outcome, output, elapsedSeconds, model: this.#model.name, warnings, ownSoundLateMs, check };
  }

  /**
   * Where the tracked faces of a job's video are kept: in memory for the next job, and on disk. Nowhere if it is not a file, whose
   * bytes are cheap to compare.
   */
  async #trackTables(options: LipsyncOptions, files: JobInputs): Promise<TrackTableStore | undefined> {
    const path = pathOf(options.video);
    if (path === undefined) return undefined;
    const origin = await trackOrigin(path, options);
    return files.guard(this.#recentTables.store(origin, options.cache === false ? undefined : trackTableStore(origin)));
  }

  /** Where the latents of a job's faces are kept, on the same terms; the reference draws samples, which differ from job to job. */
  async #latents(options: LipsyncOptions): Promise<LatentStore | undefined> {
    const path = pathOf(options.video);
    if (path === undefined || options.cache === false || options.reference === true) return undefined;
    const origin = await latentOrigin(path, this.#model, options);
    return origin && latentStore(origin);
  }

  /** Checks that there is enough memory for what is not loaded yet, and for the frames of a video. */
  async #checkMemory(video: VideoInfo | undefined): Promise<void> {
    const { dtype = 'float32', device = 'cpu' } = withPreset(this.#options);
    const forNetworks = this.#networks.isLoaded ? 0 : requiredMemory(this.#model, { dtype });
    const needed = forNetworks + (video ? requiredFrameMemory(video) : 0);
    const smaller = wording`use a smaller model: ${option('model', '1.5')} or ${option('model', 'tiny')}.`;
    await checkMemory(needed, `Model ${this.#model.name} in ${dtype}`, {
      remedy:
        dtype === 'float32' && device === 'cpu'
          ? wording`Set ${option('dtype', 'int8')}, close other programs, or ${smaller}`
          : wording`Close other programs, or ${smaller}`,
    });
  }

  /** Ends running and waiting jobs with code `aborted`, and frees the networks. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The pipeline was closed.'));
    await this.#networks[Symbol.asyncDispose]();
    await this.#lastJob;
    await this.#networks[Symbol.asyncDispose](); // a job that was about to load them may have begun to
    await this.#model[Symbol.asyncDispose]();
  }

  /** The same as {@link LipsyncPipeline.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Returns the settings with sound moved as the job asks for. */
async function correctedSettings(
  settings: ResolvedLipsyncOptions,
  inputs: OpenInputs,
  options: LipsyncOptions,
): Promise<ResolvedLipsyncOptions> {
  const { autoOffset, judge, video, videoStream, deinterlace, signal, onProgress } = options;
  if (!autoOffset || !judge) return settings;
  const { video: reader } = inputs;
  const warn = (warning: MediaWarning): void => {
    inputs.warn(warning);
  };
  return withOwnOffset(settings, { judge, video, reader, warn, videoStream, deinterlace, signal, onProgress });
}

/** Judges a finished output, if the job asks for it. */
async function checkOutputSync({
  judge,
  check,
  output,
  signal,
  onProgress,
}: LipsyncOptions): Promise<SyncCheck | undefined> {
  if (check === undefined || !judge) return undefined;
  return checkedSync(await judge.judge(output, { signal, onProgress }), check, judge);
}

/** Returns the record of a job whose report goes to a file. */
function newRecord(report: string, durationSeconds: number, clock: StageClock): JobRecord {
  const { thumbnailSeconds } = timelineLines(durationSeconds);
  return new JobRecord({ clock, ...(isPage(report) && { thumbnailSeconds }) });
}

/** Returns the warning that a finished job has no report: what takes hours does not fail for it. */
function missingReport(report: string, error: unknown): MediaWarning {
  const why =
    error instanceof LatentSyncError
      ? wordForPrograms(error.problem)
      : `${printable(report)} cannot be written: ${messageOf(error)}`;
  return {
    kind: 'report-not-written',
    file: report,
    message: `${why} The video is complete, but there is no report on it.`,
  };
}

/** Where everybody is drawn, as many faces are expected in a frame. */
const FACES_OF_EVERYBODY = 4;

/** Returns how many faces are drawn in a frame, about. */
function expectedFaces({ speakers, silent }: ResolvedLipsyncOptions): number {
  const hasAll = silent === 'still' || speakers.some(({ face }) => face === 'all');
  return hasAll ? Math.max(FACES_OF_EVERYBODY, speakers.length) : speakers.length;
}

/** The open files of a job, and what was found wrong with them so far. Disposing closes them. */
interface OpenInputs extends LipsyncInputs, AsyncDisposable {
  readonly warnings: readonly MediaWarning[];
  /** Adds a warning, and tells whoever listens. */
  warn(warning: MediaWarning): void;
  readonly files: JobInputs;
  readonly pictures: ReadonlyMap<string, Image8>;
  readonly points: FacePoints | undefined;
  /** What becomes of the video's other streams. */
  readonly kept: KeptStreams;
}

/** Checks the output and opens the inputs of a job. */
async function openInputs(options: LipsyncRunOptions): Promise<OpenInputs> {
  const { signal, videoStream, audioStream, deinterlace } = options;
  const warnings: MediaWarning[] = [];
  const onWarning = (warning: MediaWarning): void => {
    // Faces are looked for in opaque frames; the output says whether it loses the transparency.
    if (warning.kind === 'transparency-lost' && options.reference !== true) return;
    warnings.push(warning);
    options.onWarning?.(warning);
  };
  const files = jobFiles(options);
  const paths = [...files.values()].map((input) => pathOf(input)).filter((path) => path !== undefined);
  if (options.report !== undefined) await checkReport(options.report, [...paths, options.output]);
  await checkOutput(options.output, paths, videoFormat);
  const noted = await JobInputs.note(files.values());
  const pictures = new Map<string, Image8>();
  for (const path of picturesOf(options)) pictures.set(path, await readPicture(path, signal));
  const given = options.points === undefined ? undefined : await readPoints(options.points);
  const openingVideo = openVideo(options.video, { signal, onWarning, videoStream, deinterlace });
  const openingAudios = audiosOf(options).map((input) => openAudio(input, { signal, onWarning, audioStream }));
  const openingSound = options.sound === undefined ? undefined : openAudio(options.sound, { signal, onWarning });
  const opening = [openingVideo, ...openingAudios, ...(openingSound ? [openingSound] : [])];
  let ownSound: AudioReader | undefined;
  const close = async (): Promise<void> => {
    await ownSound?.[Symbol.asyncDispose]();
    for (const opened of await Promise.allSettled(opening)) {
      if (opened.status === 'fulfilled') await opened.value[Symbol.asyncDispose]();
    }
  };
  try {
    // Each waits for a process of its own to start. Of two faults, that of the video is reported.
    await Promise.allSettled(opening);
    const video = await openingVideo;
    const audios = await Promise.all(openingAudios);
    const sound = await openingSound;
    const points = given && new FacePoints(given, video);
    const others = video.otherStreams ?? [];
    const kept = keptStreams(others, options.reference === true ? undefined : containerOf(options.output));
    for (const { text, ...warning } of streamWarnings(kept)) {
      onWarning({ ...warning, file: video.name, message: `${video.name}: ${text}` });
    }
    const { mix = 0 } = options;
    const inserts = resolveSpeakers(options).speeches.some(({ atSeconds }) => atSeconds !== undefined);
    if (mix > 0 && !video.info.hasAudio) throw new OptionError('mix', 'be left out: the video has no sound', mix);
    // Where the speech is inserted, the video keeps its own sound around it.
    if ((inserts || mix > 0) && video.info.hasAudio) ownSound = await openAudio(options.video, { signal, onWarning });
    const more = { pictures, points, kept, warnings, files: noted, warn: onWarning };
    return { video, audios, sound, ownSound, ...more, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
