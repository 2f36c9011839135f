// judgeVideo: a video → whether lips and sound agree, overall, per second and per person; what the pictures are like; what a job has changed.
import type { SpeechSpan } from '../audio/speech-spans.ts';
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { openAudio, openVideo, pathOf } from '../media/input-file-node.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { MediaWarning, OnMediaWarning } from '../media/media-warning.ts';
import type { StreamOptions } from '../media/stream-options.ts';
import type { VideoFrameData, VideoReader } from '../media/video-reader.ts';
import { measureAudio, monoSamples } from '../pipelines/audio/audio-features.ts';
import { detectSpeech } from '../pipelines/audio/speech-detection.ts';
import { openSileroVad } from '../pipelines/audio/speech-detector-node.ts';
import type { FaceLandmarker } from '../pipelines/faces/face-landmarker.ts';
import { checkInsightFaceFolder, openFaceLandmarker, openFaceMesh } from '../pipelines/faces/face-landmarker-node.ts';
import { trackOrigin, trackTableStore } from '../pipelines/faces/track-cache-node.ts';
import type { TrackTable } from '../pipelines/faces/track-table.ts';
import { trackVideo, wholeMinutes } from '../pipelines/faces/track-video.ts';
import { unusableReasons } from '../pipelines/faces/usable-faces.ts';
import { partOf } from '../pipelines/video-part.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device } from '../runtime/runtime.ts';
import { createImage8 } from '../tensor/image.ts';
import { throwIfAborted } from '../util/abort.ts';
import { checkInteger } from '../util/assert.ts';
import { LatentSyncError } from '../util/errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { timeOf, type TimeRange } from '../util/times.ts';
import { option, wording } from '../util/wording.ts';
import { heardFrames, type HeardFrames } from './heard-frames.ts';
import { judgeOptions } from './judge-options.ts';
import {
  JUDGED_RATE,
  type JudgedSeries,
  type PersonJudgment,
  type SyncNetFigures,
  type VideoJudgment,
} from './judgment.ts';
import { agreementBySecond, readLips, type LipAgreement } from './lip-agreement.ts';
import { mouthInPauses } from './mouth-in-pauses.ts';
import { SyncNetJudge } from './syncnet-judge.ts';
import { streamedMfcc } from './syncnet-mfcc.ts';
import { syncNetFigures, trackWatches, type SyncNetContext, type TrackWatch } from './syncnet-video.ts';
import { decisive, verdictOn } from './verdict.ts';
import { WatchedPerson, type WatchContext } from './watched-person.ts';
import { readWorstMoments, type WorstMoment } from './worst-moments.ts';

/** Moments that are shown, at most. */
const MOST_MOMENTS = 20;

/** Spectra of a measured sound per second, and rows of SyncNet's MFCC. */
const MEL_RATE = 100;
const MFCC_RATE = 100;

/** Frames: times are computed in more than one way. */
const ROUNDING = 1e-6;

/** How {@link judgeVideo} works. */
export interface JudgeOptions extends StreamOptions {
  /** Sound to judge the lips by, which begins with the picture. Default: the video's own. */
  audio?: MediaInput;
  /** The video that this one was made from, of the same size: what has changed is measured as well. */
  source?: MediaInput;
  /** Weights of SyncNet v2, `syncnet_v2.model`: its confidence and offset are given as well. */
  syncnet?: string;
  /** The video is judged from the frame on that is shown at this time: seconds, or `[hh:]mm:ss[.mmm]`, from the start of the file. */
  start?: number | string;
  /** It is judged up to this time. */
  end?: number | string;
  /** Folder with InsightFace's `det_10g.onnx` and `2d106det.onnx`, to find faces with. */
  insightface?: string;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  /** Keeps tracked faces on disk, and takes those that jobs have kept. Default true. */
  cache?: boolean;
  /** How many of the worst moments are shown as strips of faces, 0 to 20. Default 0. */
  moments?: number;
  signal?: AbortSignal;
  /** Stages `speech`, `faces` and `judge`. */
  onProgress?: OnProgress;
  /** Hears of everything that is lost or put right in the files. */
  onWarning?: OnMediaWarning;
}

/** What {@link judgeVideo} returns. */
export interface JudgedVideo {
  readonly judgment: VideoJudgment;
  /** What it was made from, for plots. */
  readonly series: JudgedSeries;
  /** Seconds in which the lips of the person whose verdict it is agree the least with the sound, the worst first. */
  readonly moments: readonly WorstMoment[];
}

/**
 * Judges whether the lips of a video agree with its sound, without any weights but those of this package: by how well the sound explains the opening of
 * the mouth. Every face is followed; frames are taken at 25 per second, whatever the video's rate. Memory grows by some
 * hundred bytes per frame.
 *
 * @throws OptionError for an option out of range.
 * @throws LatentSyncError `no-face` when no face is found, `no-audio-track`, `audio-silent` or `audio-too-short` when there is nothing to
 *   judge by, `input-invalid` when the source has another size; `aborted` when the signal fires.
 *
 * @example
 * const { judgment } = await judgeVideo('out.mp4', { source: 'talk.mp4' });
 * console.log(judgment.verdict, judgment.certainty, judgment.soundLateMs);
 */
export async function judgeVideo(video: MediaInput, options: JudgeOptions = {}): Promise<JudgedVideo> {
  checkOptions(judgeOptions, options);
  const momentCount = checkInteger('options.moments', options.moments ?? 0, 0, MOST_MOMENTS);
  const { insightface, device, threads, signal, onProgress, videoStream, audioStream, deinterlace } = options;
  if (insightface !== undefined) await checkInsightFaceFolder(insightface);
  const warnings: MediaWarning[] = [];
  const onWarning = (warning: MediaWarning): void => {
    warnings.push(warning);
    options.onWarning?.(warning);
  };
  await using reader = await openVideo(video, { signal, onWarning, videoStream, deinterlace });
  await using source =
    options.source === undefined ? undefined : await openVideo(options.source, { signal, onWarning, deinterlace });
  if (source) checkSameSize(reader, source);
  if (options.audio === undefined && !reader.info.hasAudio) {
    throw new LatentSyncError('no-audio-track', wording`${reader.name} has no sound to judge its lips by.`, {
      remedy: wording`Give the sound with ${option('audio')}.`,
    });
  }
  await using audio = await openAudio(options.audio ?? video, { signal, onWarning, audioStream });
  const laterSeconds = options.audio === undefined ? audio.leadSeconds - reader.leadSeconds : 0;
  const part = judgedPart(reader, options);

  await using runtime = createRuntime({ device, threads });
  const measure = await measureAudio(audio, signal);
  await using vad = await openSileroVad({ runtime, signal });
  const speech = await detectSpeech(audio, measure, { openVad: () => Promise.resolve(vad), signal, onProgress });

  let opened: Promise<FaceLandmarker> | undefined;
  const landmarker = (): Promise<FaceLandmarker> => (opened ??= openFaceLandmarker({ runtime, insightface, signal }));
  await using mesh = await openFaceMesh(runtime);
  const path = pathOf(video);
  const isKept = options.cache !== false && path !== undefined;
  const store = isKept
    ? trackTableStore(await trackOrigin(path, { videoStream, deinterlace, insightface }))
    : undefined;
  const table = await trackVideo(reader, { ...wholeMinutes(part, reader.info), landmarker, store, signal, onProgress });
  if (table.framesWithFace === 0) {
    throw new LatentSyncError('no-face', wording`No face was found in ${reader.name}.`, {
      remedy: 'Use a video in which a face is seen.',
    });
  }
  await using weights = options.syncnet === undefined ? undefined : await openCheckpointFile(options.syncnet);
  await using syncNetJudge = weights && (await SyncNetJudge.open(runtime, weights));
  const syncNet = syncNetJudge && {
    judge: syncNetJudge,
    sound: { rows: await streamedMfcc(monoSamples(audio, signal)), laterRows: Math.round(laterSeconds * MFCC_RATE) },
  };
  const { people, watches } = await watch({
    reader,
    source,
    table,
    part,
    syncNet,
    context: { mesh, landmarker, signal },
    onProgress,
  });
  await (await opened)?.[Symbol.asyncDispose]();

  const frames = people[0].opening.length;
  const heard = await heardFrames(monoSamples(audio, signal), {
    frames,
    frameRate: JUDGED_RATE,
    laterSeconds,
    maximum: measure.maximum,
  });
  const sound: HeardSound = { heard, speech, laterSeconds, soundSeconds: measure.melFrames / MEL_RATE };
  const judged = people.map((person) =>
    judgePerson(person, sound, syncNetFigures(watches.filter((each) => each.person === person.person))),
  );
  const chosen = decisive(judged);
  const { verdict, certainty, reasons, person, soundLateMs } = chosen;
  const judgment: VideoJudgment = {
    video: reader.name,
    durationSeconds: reader.info.durationSeconds,
    verdict,
    certainty,
    reasons,
    person,
    soundLateMs,
    people: judged,
    warnings,
  };
  const moments = await readWorstMoments(chosen, { reader, source, table, signal }, momentCount);
  return { judgment, series: { loudness: heard.loudness, openings: people.map(({ opening }) => opening) }, moments };
}

/** Returns the part of a video that is judged. @throws OptionError when nothing is between its times. */
function judgedPart(reader: VideoReader, { start, end }: Pick<JudgeOptions, 'start' | 'end'>): Required<TimeRange> {
  const { leadSeconds, info } = reader;
  if (start === undefined && end === undefined) return { startSeconds: 0, endSeconds: info.durationSeconds };
  const { from, to } = partOf(reader, leadSeconds, { startSeconds: timeOf(start), endSeconds: timeOf(end) });
  return { startSeconds: from, endSeconds: to };
}

function checkSameSize({ name, info }: VideoReader, source: VideoReader): void {
  const { width, height } = source.info;
  if (info.width === width && info.height === height) return;
  throw new LatentSyncError(
    'input-invalid',
    wording`${source.name} has ${width}×${height} pixels, and ${name} ${info.width}×${info.height}.`,
    { remedy: wording`Use for ${option('source')} the video that it was made from.` },
  );
}

/** What is watched. */
interface Watching {
  readonly reader: VideoReader;
  readonly source: VideoReader | undefined;
  readonly table: TrackTable;
  readonly part: Required<TimeRange>;
  readonly syncNet: SyncNetContext | undefined;
  readonly context: WatchContext;
  readonly onProgress: OnProgress | undefined;
}

/** Looks at every frame of a video, in order, and at its source's of the same times. */
async function watch({ reader, source, table, part, syncNet, context, onProgress }: Watching): Promise<{
  people: WatchedPerson[];
  watches: TrackWatch[];
}> {
  const { signal } = context;
  const { startSeconds, endSeconds } = part;
  const first = Math.ceil(startSeconds * JUDGED_RATE - ROUNDING);
  const frames = Math.max(first + 1, Math.round(endSeconds * JUDGED_RATE));
  const progress = new ProgressReporter('judge', frames - first, onProgress);
  const people = Array.from({ length: table.personCount }, (_, i) => new WatchedPerson(i + 1, frames, context));
  const unusable = unusableFaces(table);
  const watches = new Map(
    syncNet ? trackWatches(table, reader, { first, end: frames }, syncNet).map((each) => [each.track, each]) : [],
  );
  const read = { fps: JUDGED_RATE, startSeconds, signal };
  const sourceFrames = source?.frames(read)[Symbol.asyncIterator]();
  let done = 0;
  progress.report(done);
  try {
    for await (const frame of reader.frames(read)) {
      throwIfAborted(signal);
      if (frame.index >= frames) break;
      const other = await sourceFrames?.next();
      const original = other?.done === false ? other.value : undefined;
      const image = imageOf(frame);
      const sourceImage = original && imageOf(original);
      const seen = new Set<number>();
      for (const face of table.faces(frame.sourceIndex)) {
        await watches.get(face.track)?.watch.watch(image, signal);
        if (seen.has(face.person)) continue; // the same person twice: in a mirror, for example
        seen.add(face.person);
        const isUsable = !unusable.get(face.track)!.has(frame.sourceIndex);
        await people[face.person - 1].watch(frame.index, image, { face, isUsable, source: sourceImage });
      }
      reader.recycle(frame);
      if (original) source?.recycle(original);
      progress.report(++done);
    }
  } finally {
    await sourceFrames?.return?.();
  }
  for (const { watch: last } of watches.values()) await last.finish(signal);
  return { people, watches: [...watches.values()] };
}

function imageOf({ width, height, data }: VideoFrameData): ReturnType<typeof createImage8> {
  return createImage8(width, height, 4, data);
}

/** Returns for each track the frames of the video in which its mouth cannot be made out. */
function unusableFaces(table: TrackTable): Map<number, ReadonlySet<number>> {
  return new Map(
    table.tracks.map((track) => {
      const reasons = unusableReasons(table.facesOf(track));
      const rows = Array.from(reasons.keys()).filter((i) => reasons[i] !== undefined);
      return [track.track, new Set(rows.map((i) => table.entry(track.firstRow + i).sourceIndex))];
    }),
  );
}

/** The sound as lips are judged by it. */
interface HeardSound {
  readonly heard: HeardFrames;
  readonly speech: readonly SpeechSpan[];
  readonly laterSeconds: number;
  readonly soundSeconds: number;
}

function judgePerson(watched: WatchedPerson, sound: HeardSound, syncNet: SyncNetFigures | undefined): PersonJudgment {
  const { opening, person, picture, source } = watched;
  const { heard, speech, laterSeconds, soundSeconds } = sound;
  const isKnown = (frame: number): boolean => !Number.isNaN(opening[frame]) && !Number.isNaN(heard.loudness[frame]);
  const isSpoken = (frame: number): boolean => {
    const seconds = (frame + 0.5) / JUDGED_RATE - laterSeconds;
    return speech.some(({ from, to }) => seconds >= from && seconds < to);
  };
  const both = Array.from(opening.keys()).filter(isKnown);
  const reading = readLips(opening, heard);
  const agreement = reading && agreementOf(reading);
  const verdict = verdictOn({
    agreement,
    seenSeconds: both.length / JUDGED_RATE,
    spokenSeconds: both.filter(isSpoken).length / JUDGED_RATE,
    change: picture.change,
    frameRate: JUDGED_RATE,
  });
  const agrees = verdict.verdict !== 'unrelated' && verdict.verdict !== 'cannot-be-judged';
  const msOf = (lag: number): number => (1000 * lag) / JUDGED_RATE;
  return {
    person,
    ...verdict,
    seconds: watched.seenFrames / JUDGED_RATE,
    soundLateMs: agrees ? msOf(agreement!.lag) : undefined,
    agreement: verdict.verdict === 'cannot-be-judged' ? undefined : agreement,
    pauses: mouthInPauses(opening, speech, { frameRate: JUDGED_RATE, laterSeconds, soundSeconds }),
    picture: watched.seenFrames === 0 ? undefined : picture,
    perSecond:
      verdict.verdict === 'cannot-be-judged' || !reading
        ? []
        : agreementBySecond(reading, JUDGED_RATE).map(({ second, correlation, lag }) => ({
            second,
            correlation,
            soundLateMs: msOf(lag),
          })),
    syncNet,
    source,
  };
}

function agreementOf({ lag, correlation, correlationAsIs, chance, frames }: LipAgreement): LipAgreement {
  return { lag, correlation, correlationAsIs, chance, frames };
}
