// The job itself, the same in Node and in browsers: open readers → a finished video, streaming. docs/architecture.md explains the steps.
import type { FeatureStore } from '../hub/feature-store.ts';
import type { AudioReader } from '../media/audio-reader.ts';
import type { ShownPart } from '../media/cue-track.ts';
import type { FramesOptions, PictureBytes, ScheduledFrame, VideoReader } from '../media/video-reader.ts';
import type { VideoWriter, VideoWriterOptions } from '../media/video-writer.ts';
import { PictureCanvas, ReferenceCanvas } from '../vision/face-canvas.ts';
import { PictureSampler } from '../vision/picture-sampler.ts';
import type { AlignmentPoints } from '../vision/similarity.ts';
import type { Image8 } from '../tensor/image.ts';
import { pictureByteLength, rgbaLayout, type PictureLayout } from '../tensor/picture.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { ProgressReporter, StagedProgress, type OnProgress } from '../util/progress.ts';
import { StageClock } from '../util/stage-clock.ts';
import { together } from '../util/together.ts';
import { option, wording } from '../util/wording.ts';
import { elementCount } from '../tensor/tensor.ts';
import { insertedSound, mixedSound, shiftedSound } from './audio/placed-sound.ts';
import { SpeechTokens } from './audio/speech-tokens.ts';
import { BestOfGenerator } from './best-of.ts';
import { usesDeepCache } from './denoising-path.ts';
import { faceWindowsOptions, noiseOf, type WindowProgress, type WindowStore } from './face-windows.ts';
import type { FacePoints } from './faces/face-points.ts';
import { trackedFrameCount, type TrackTableStore } from './faces/track-video.ts';
import { firstPass, trackedPart, type FirstPass } from './first-pass.ts';
import { estimateWork } from './job-work.ts';
import type { Judge } from './judge.ts';
import type { ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { JobRecord } from './job-record.ts';
import { KeptLatents, type LatentStore } from './kept-latents.ts';
import { framesWithFace, planLanes, type Lane } from './lanes.ts';
import type { LipsyncNetworks } from './lipsync-networks.ts';
import { lipsyncFrames, type LaneStart, type StreamFace, type StreamFrame } from './lipsync-stream.ts';
import type { LoadedNetworks } from './loaded-networks.ts';
import { outputFrames } from './output-frames.ts';
import { drawnFaceCount, speechOf, type LipsyncInputs, type LipsyncPlan } from './plan-lipsync.ts';
import type { Timeline } from './timeline.ts';
import type { DrawingStart, WindowPlan } from './window-plan.ts';

/** What {@link LipsyncJob.openWriter} is to write. */
export interface JobWriterOptions extends VideoWriterOptions {
  /** The part of the video that is shown first: what belongs to it, such as subtitles, is not repeated. Undefined with the reference. */
  shownPart?: ShownPart;
  /** Frames of the output. */
  frameCount: number;
  /** Called with the number of frames that are safe, whenever there are more. */
  onSafe: (frames: number) => Promise<void>;
}

/** The output of a job. */
export interface JobWriter extends VideoWriter {
  /** Frames that it has from an interrupted job. Default 0. */
  readonly framesWritten?: number;
}

/** Keeps windows for as long as they may be needed. */
export interface JobWindowStore {
  /** Returns where the windows of a lane are kept, which are counted from 0. */
  lane(lane: number): LaneWindowStore;
}

/** Keeps the windows of a lane. */
export interface LaneWindowStore extends WindowStore {
  /** Forgets the windows before one. */
  forgetBefore(window: number): Promise<void>;
}

/** Bytes of pictures that wait before drawing, and after it, at most: of 1080p, more than a window has. */
const BYTES_AHEAD = 128 * 2 ** 20;

/** Everything that a job works with. The job closes none of what it is given open. */
export interface LipsyncJob extends LipsyncInputs {
  plan: LipsyncPlan;
  settings: ResolvedLipsyncOptions;
  /** The model, its runtime and its landmarkers. */
  networks: LoadedNetworks;
  /** Starts the output, or goes on with it; the job finishes or disposes it. */
  openWriter: (options: JobWriterOptions) => Promise<JobWriter>;
  /** Where drawn windows are kept until their frames are safe; by default nowhere. */
  windows?: JobWindowStore;
  /** Where to keep audio features; by default nowhere. */
  features?: FeatureStore;
  /** Where to keep the tracked faces of the video; by default nowhere. */
  tracks?: TrackTableStore;
  /** Where to keep the latents of the video's faces; by default nowhere. */
  latents?: LatentStore;
  /** The pictures that choose somebody, by their paths in `settings.speakers`. */
  pictures?: ReadonlyMap<string, Image8>;
  /** Where the face is, in place of looking for it. */
  points?: FacePoints;
  /** Chooses between drawings where `settings.bestOf` asks for several. */
  judge?: Judge;
  /** Takes down what happens, for a report. */
  record?: JobRecord;
  signal?: AbortSignal;
  /** Stages `load` (networks), `faces` (frames), `audio` (feature rows) and `sync` (frames), each with the whole job. */
  onProgress?: OnProgress;
}

/** The outcome of a job. */
export interface LipsyncOutcome {
  /** Frames written, and those in which a face was redrawn. */
  frames: number;
  framesWithFace: number;
  /** Seconds of video written. */
  durationSeconds: number;
}

/** Returns the sound of the output: the speech alone, or inserted into the video's own sound, or over it. */
function outputSound({ plan, settings, sound, ownSound }: LipsyncJob): AudioReader {
  const { timeline, speeches } = plan;
  const { inserts, mix, hasSpeakers, audioOffsetSeconds, ownSoundLateSeconds } = settings;
  const speech = speeches.map((own, index) => {
    const { from, to } = timeline.speeches[index];
    const isCut = settings.speeches[index].endSeconds !== undefined;
    return { sound: own.sound, from, ...(isCut && { to }) };
  });
  // What is heard instead of one speech begins with it, and what is heard instead of several with the output.
  const start = hasSpeakers ? audioOffsetSeconds - timeline.skippedSeconds : timeline.speeches[0].from;
  const heard = sound ? [{ sound: speechOf(sound, settings), from: start }] : speech;
  if (ownSound) {
    const around = shiftedSound(ownSound, ownSound.leadSeconds - timeline.videoSeconds - ownSoundLateSeconds);
    return insertedSound(heard, around, { end: timeline.videoEndSeconds, under: mix, around: inserts ? 1 : mix });
  }
  const [{ sound: first, from, to }] = heard;
  return heard.length === 1 && to === undefined ? shiftedSound(first, from) : mixedSound(heard);
}

/**
 * Does a job.
 *
 * @throws LatentSyncError `no-face` when the whole video shows nobody who was chosen, `aborted` when the signal fires, or whatever its parts throw.
 */
export async function lipsyncVideo(job: LipsyncJob): Promise<LipsyncOutcome> {
  const { video, plan, settings, record, signal } = job;
  const clock = record?.clock ?? new StageClock();
  const { model } = job.networks;
  const { seed, reference } = settings;
  const { info } = video;
  const deepCache = usesDeepCache(settings);
  const part = trackedPart(plan.timeline, info.durationSeconds, settings);
  const { onProgress } = new StagedProgress(
    estimateWork({
      model,
      video: info,
      speeches: plan.speeches.map(({ measure }, speech) => ({ measure, heardRows: plan.timeline.heardRows(speech) })),
      frames: plan.timeline.frameCount,
      drawnFaces: drawnFaceCount(plan, settings),
      trackedFrames: trackedFrameCount(video, part),
      settings,
      isLoaded: job.networks.isLoadedFor(deepCache),
    }),
    job.onProgress,
  );

  const load = (stop: AbortSignal): Promise<LipsyncNetworks> =>
    clock.time('load', () => job.networks.networks({ deepCache, signal: stop, onProgress }));
  // 1 to 3. Read the frames, find the faces, and follow them: the first pass over the video.
  const find = (stop: AbortSignal): Promise<FirstPass> =>
    clock.time('faces', () => firstPass(job, { part, signal: stop, onProgress }));
  const [networks, { table, chosen, seam }] = await clock.time('prepare', () => together(signal, load, find));
  const timeline = plan.timeline.withSeam(seam);
  await using rater = settings.bestOf > 1 ? await job.judge?.openRater(plan.speeches, { signal }) : undefined;
  const noises = Array.from({ length: settings.bestOf }, (_, more) => noiseOf(seed + more)(model.noiseShape));
  const only = networks.generator(settings);
  const generator = rater ? new BestOfGenerator(only, { noises, rater }) : only;
  const drawing = { ...faceWindowsOptions(model, generator, { seed, reference }), reference };
  const spoken = plan.speeches.flatMap((speech) => (speech.spoken ? [speech.spoken] : []));
  const lanes = planLanes(chosen, {
    ...drawing,
    timeline,
    spoken: spoken.length > 0 ? spoken : undefined,
    closesQuiet: settings.quiet === 'close',
  });
  record?.planned({ table, timeline, lanes });
  const drawnFrames = framesWithFace(lanes, timeline);
  if (drawnFrames === 0 && settings.noFace === 'error')
    throw noFaceError(video.name, table.framesWithFace > 0 || job.points !== undefined);
  await using latents = job.latents && new KeptLatents(job.latents, 2 * 4 * elementCount(model.noiseShape));
  await using writer = await job.openWriter({
    ...(reference ? { width: info.width, height: info.height } : { ...sizeOf(video.layout), tags: video.tags }),
    frameRate: timeline.fps ?? info.frameRate,
    variableFrameRate: !timeline.isOnGrid,
    longestFrameSeconds: timeline.longestFrameSeconds,
    colorSpace: info.colorSpace,
    quality: settings.quality,
    codec: settings.codec,
    lossless: settings.lossless,
    encodingPreset: settings.encodingPreset,
    keyframes: settings.keyframes,
    shownPart: reference ? undefined : shownPart(video, timeline),
    frameCount: timeline.frameCount,
    audio: outputSound(job),
    onSafe: async (frames) => {
      for (const [lane, { windows }] of lanes.entries()) {
        // The window before the next one is needed as well: the two are blended.
        await job.windows?.lane(lane).forgetBefore(windows.windowOf(frames) - 1);
      }
    },
  });
  const { framesWritten = 0 } = writer;
  const starts = await Promise.all(
    lanes.map(({ windows }, lane) => drawingStart(windows, framesWritten, job.windows?.lane(lane))),
  );
  const firstFrame = Math.min(...starts.map((start) => start.firstFrame));
  // 4. Listen: what each frame has to say.
  await using tokens = new SpeechTokens({
    speeches: plan.speeches,
    lanes,
    firstFrame,
    audio2feature: networks.audio2feature,
    encoderIdentity: model.whisper.identity,
    audioFeatLength: model.defaults.audioFeatLength,
    reference,
    cache: job.features,
    onWindow: (isKept) => record?.heard({ isKept }),
    signal,
    onProgress,
  });
  await clock.time('audio', () => tokens.begin()); // the rest when it is needed
  const { resolution } = drawing;
  const pictures = reference ? rgbaLayout(info.width, info.height) : video.layout;
  const canvas = reference ? new ReferenceCanvas(resolution, info) : new PictureCanvas(resolution, video.layout);
  const sampler = new PictureSampler(pictures);
  const read = (options: FramesOptions): AsyncIterable<OutputFrame> =>
    reference ? video.frames(options) : video.pictures(options);
  // 5. Read the frames again, and repeat them where the audio is longer.
  const source = clock.waits('read', outputFrames(read, timeline, { fromFrame: firstFrame, signal }));
  // 6 to 11. Align the faces, draw them in windows (encode, denoise, decode), and put them back.
  const progress = new FrameProgress(timeline.frameCount, framesWritten, onProgress);
  const frames = lipsyncFrames(withFaces(source, { lanes, starts, tokens, clock }), {
    ...drawing,
    canvas,
    lanes: lanes.map(({ windows }, lane): LaneStart => {
      const { window, trackStart, firstFrame: laneStart, shared } = starts[lane];
      return {
        start: { framesBefore: Array.from({ length: window }, (_, before) => windows.framesOf(before)), shared },
        pointsBefore: pointsBetween(windows, trackStart, laneStart),
        store: job.windows?.lane(lane),
      };
    }),
    colorMatch: settings.colorMatch ? info : undefined,
    detail: settings.detail,
    latents,
    mostAhead: Math.floor(BYTES_AHEAD / pictureByteLength(pictures.format, pictures.width, pictures.height)),
    onEncoded: (encoded) => record?.encoded(encoded),
    signal,
    clock,
    onStep: (step) => {
      progress.drawing(step);
    },
  });
  const busyBefore = networks.busySeconds;
  // 12. Write.
  for await (const { frame } of frames) {
    throwIfAborted(signal);
    if (frame.index >= framesWritten) {
      record?.written(frame, (longerSide) => sampler.thumbnail(frame.data, longerSide));
      await clock.time('write', () => writer.add(frame));
      progress.written(frame.index + 1);
    }
    video.recycle(frame);
  }
  await clock.time('finish', () => writer.finish());
  clock.add('networks', networks.busySeconds - busyBefore);
  progress.finished();
  const { frameCount, durationSeconds } = timeline;
  return { frames: frameCount, framesWithFace: drawnFrames, durationSeconds };
}

/** Returns which part of a video is shown until it repeats. */
function shownPart({ originSeconds, leadSeconds }: VideoReader, timeline: Timeline): ShownPart {
  const fromSeconds = originSeconds - leadSeconds + timeline.videoSeconds;
  return { fromSeconds, toSeconds: fromSeconds + timeline.firstPassEndSeconds };
}

/** Returns what the writer has to know of pictures as they are stored. */
function sizeOf({ width, height, format }: PictureLayout): Pick<VideoWriterOptions, 'width' | 'height' | 'format'> {
  return { width, height, format };
}

/** Returns where drawing goes on when some frames are written, with the faces that it needs of the window before. */
async function drawingStart(
  windows: WindowPlan,
  framesWritten: number,
  store: WindowStore | undefined,
): Promise<DrawingStart & { shared: Float32Array[] }> {
  for (let window = windows.windowOf(framesWritten); ; window--) {
    const start = windows.startOf(window, framesWritten);
    if (start.sharedFrames === 0) return { ...start, shared: [] };
    const before = await store?.read(window - 1);
    if (before?.length === windows.framesOf(window - 1)) return { ...start, shared: before.slice(-start.sharedFrames) };
    // Without the window before, that one has to be drawn as well.
  }
}

/** Yields where the face is in those of some frames that show one. */
function* pointsBetween(windows: WindowPlan, from: number, to: number): Generator<AlignmentPoints> {
  for (let index = from; index < to; index++) {
    const { face } = windows.frame(index);
    if (face) yield face.points;
  }
}

function noFaceError(name: string, hasFaces: boolean): LatentSyncError {
  if (hasFaces) {
    return new LatentSyncError('no-face', wording`${name} shows no face while the speech is heard.`, {
      remedy: 'Let the speech begin where the video shows a face, or choose another part of the video.',
    });
  }
  return new LatentSyncError('no-face', wording`No face was found in ${name}.`, {
    remedy: wording`Choose a video that shows a face from the front, at least about 45 pixels wide, or say where the face is: set ${option('points')}.`,
  });
}

/** Stage `sync`: written frames count fully, those of the window in progress according to its steps. */
class FrameProgress {
  readonly #reporter: ProgressReporter;
  readonly #total: number;
  #written = 0;
  #reported = 0;

  constructor(total: number, written: number, onProgress: OnProgress) {
    this.#reporter = new ProgressReporter('sync', total, onProgress);
    this.#total = total;
    this.#written = written;
    this.#report(written);
  }

  /** A step of a window is done; decoding it and putting its faces back is counted as one more. */
  drawing({ step, steps, faces }: WindowProgress): void {
    this.#report(this.#written + (faces * step) / (steps + 1));
  }

  written(frames: number): void {
    this.#written = frames;
    this.#report(frames);
  }

  finished(): void {
    this.#report(this.#total);
  }

  #report(done: number): void {
    this.#reported = Math.min(this.#total, Math.max(this.#reported, done));
    this.#reporter.report(this.#reported);
  }
}

/** A frame of the output: a picture as stored, or RGBA with the reference. */
type OutputFrame = ScheduledFrame<PictureBytes>;

/** A frame on its way through the pipeline. */
interface PipelineFrame extends StreamFrame {
  frame: OutputFrame;
}

/** What {@link withFaces} adds to frames. */
interface FrameFaces {
  lanes: readonly Lane[];
  starts: readonly DrawingStart[];
  tokens: SpeechTokens;
  clock: StageClock;
}

/** Adds to every frame its faces and their audio. */
async function* withFaces(
  frames: AsyncIterable<OutputFrame>,
  { lanes, starts, tokens, clock }: FrameFaces,
): AsyncGenerator<PipelineFrame> {
  for await (const frame of frames) {
    const { index, data: pixels, sourceIndex } = frame;
    const faces: (StreamFace | undefined)[] = [];
    for (const [lane, { speech, windows }] of lanes.entries()) {
      const planned = index < starts[lane].firstFrame ? undefined : windows.frame(index);
      if (!planned?.face) {
        faces.push(undefined);
        continue;
      }
      const audio = await clock.time('listen', () => tokens.of(planned, speech));
      const { startsTrack, face, audioRow: row, isQuiet } = planned;
      const heard = speech === undefined || row === undefined || isQuiet ? undefined : { speech, row };
      faces.push({ points: face.points, opacity: windows.opacity(index), startsTrack, audio, heard });
    }
    yield { frame, pixels, faces, sourceIndex };
  }
}
