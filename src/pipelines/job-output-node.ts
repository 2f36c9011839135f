// The output of a job in Node: segments and windows in a journal, a video at the end; what makes two jobs the same.
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileIdentity } from '../hub/files-node.ts';
import { checkDisks } from '../hub/resources-node.ts';
import { pathOf } from '../media/input-file-node.ts';
import { bytesIdentity } from '../media/media-identity-node.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { OnMediaWarning } from '../media/media-warning.ts';
import { containerOf } from '../media/output-containers.ts';
import type { KeptStreams } from '../media/other-streams.ts';
import { SegmentedVideo, type VideoExtras } from '../media/segmented-video-node.ts';
import type { ShownPart } from '../media/cue-track.ts';
import type { VideoReader } from '../media/video-reader.ts';
import { pictureChanges, pictureTrackOf } from '../media/video-writer.ts';
import { SILERO_VAD } from '../models/silero-vad.ts';
import { LatentSyncError } from '../util/errors.ts';
import { printable } from '../util/printable.ts';
import { packageVersion } from '../util/package-version-node.ts';
import { removeAtExit } from '../util/temporary-paths-node.ts';
import { linkTarget } from '../util/whole-file-node.ts';
import { joinWording, option, wording } from '../util/wording.ts';
import type { FaceOption } from './faces/face-option.ts';
import { landmarkerIdentity } from './faces/face-landmarker-node.ts';
import { JobJournal, journalFolder, journalSize, type JobIdentity } from './job-journal-node.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { audiosOf } from './speakers.ts';
import type { RequiredDisk } from './required-disk.ts';
import type { LipsyncOptions, ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { JobInputs } from './job-inputs-node.ts';
import type { JobWindowStore, JobWriter, JobWriterOptions } from './lipsync-pipeline.ts';

/** Seconds of the output in one segment. */
const SEGMENT_SECONDS = 10;

/** Returns how many frames a segment of the output has. */
export function segmentFramesOf(frameRate: number): number {
  return Math.max(1, Math.round(SEGMENT_SECONDS * frameRate));
}

/**
 * Checks that there is room for all that a job writes, on the disk of its output and on that of its journal.
 *
 * @throws LatentSyncError `insufficient-disk`.
 */
export async function checkJobDisk({ output, workDir }: LipsyncOptions, needed: RequiredDisk): Promise<void> {
  const journal = journalFolder(output, workDir);
  const kept = await journalSize(journal); // what is there goes on or goes away
  await checkDisks(
    [
      { folder: dirname(await linkTarget(resolve(output))), bytes: needed.output, what: 'the output' },
      {
        folder: dirname(journal),
        bytes: Math.max(0, needed.journal - kept),
        what: 'what it keeps until that is complete',
      },
    ],
    'The job',
    {
      remedy: wording`Free up some space there, choose an output on another disk, or set ${option('workDir')} to a folder on another disk.`,
    },
  );
}

/** Where a job writes. */
export interface JobOutput extends AsyncDisposable {
  /** Keeps drawn windows. */
  readonly windows: JobWindowStore;
  /** Starts the video, or goes on with it. */
  openWriter(options: JobWriterOptions): Promise<JobWriter>;
  /** Returns the error to throw instead of one that ended the job: it says how to go on. */
  asEnd(error: unknown): Promise<unknown>;
  /** Leaves nothing but the video, which is on disk. */
  finish(): Promise<void>;
}

/** What {@link openJobOutput} needs to know. */
export interface JobOutputOptions {
  identity: JobIdentity;
  /** Frames of the output. */
  frames: number;
  inputs: JobInputs;
  video: VideoReader;
  /** What is kept of the video's other streams. */
  kept: KeptStreams;
  /** Hears of what the output cannot hold of the pictures. */
  onWarning: OnMediaWarning;
}

/**
 * Opens the output of a job. Disposing of it keeps the journal if there is something in it to go on with, unless
 * `options.journal` says that nothing is to be kept.
 *
 * @throws LatentSyncError as {@link JobJournal.open}.
 */
export async function openJobOutput(
  options: LipsyncOptions,
  { identity, frames, inputs, video, kept, onWarning }: JobOutputOptions,
): Promise<JobOutput> {
  const { output, workDir, fresh, journal: keeping = 'keep', reference: exact } = options;
  const journal = await JobJournal.open({ output, identity, frames, workDir, fresh, exact });
  const forget = keeping === 'none' ? removeAtExit(journal.folder) : undefined;
  let finished = false;
  return {
    windows: {
      lane(number) {
        const lane = journal.lane(number);
        return {
          ...lane,
          async write(window, faces) {
            await inputs.check();
            await lane.write(window, faces);
          },
        };
      },
    },
    async openWriter({ onSafe, frameCount, shownPart, ...format }) {
      await journal.setFrames(frameCount);
      const changes = pictureChanges(format, pictureTrackOf(format, containerOf(output)!));
      if (changes.length > 0) {
        const message = `${printable(output)} does not hold the pictures as they are: ${changes.join(', ')}.`;
        onWarning({ kind: 'pictures-changed', file: output, message });
      }
      const segments = await SegmentedVideo.open({
        ...format,
        extras: shownPart && videoExtras(video, kept, shownPart),
        path: output,
        folder: journal.folder,
        segmentsName: journal.name,
        unfinishedName: journal.unfinishedOutput,
        segmentFrames: segmentFramesOf(format.frameRate),
        beforeCommit: () => inputs.check(),
        onSegment: async (safe) => {
          await journal.setFramesSafe(safe);
          await onSafe(safe);
        },
      });
      return {
        framesWritten: segments.framesWritten,
        add: (frame) => segments.add(frame),
        finish: () => segments.finish(),
        [Symbol.asyncDispose]: () => segments[Symbol.asyncDispose](),
      };
    },
    async asEnd(error) {
      if (!(error instanceof LatentSyncError) || keeping === 'none' || (await journal.isEmpty())) return error;
      const kept = 'What is finished is kept: the same job goes on from there.';
      const { code, problem, remedy, cause } = error;
      if (code !== 'aborted') {
        return new LatentSyncError(code, problem, {
          remedy: remedy ? joinWording(remedy.text, ' ', kept) : kept,
          cause,
        });
      }
      const anew = wording` Set ${option('fresh')} to start anew.`;
      return new LatentSyncError('aborted', 'Canceled.', { remedy: joinWording(kept, anew), cause });
    },
    async finish() {
      finished = true;
      await journal.remove();
    },
    async [Symbol.asyncDispose]() {
      if (!finished) {
        if (keeping === 'none' || (await journal.isEmpty())) await journal.remove();
        else await journal.close();
      }
      forget?.();
    },
  };
}

/** Returns what is kept of the other streams of a video of which a part is shown. */
function videoExtras(video: VideoReader, { subtitles, fonts }: KeptStreams, part: ShownPart): VideoExtras {
  return {
    subtitles: subtitles.map(({ written }) => written),
    cues: () => video.subtitles!(subtitles, part),
    async fonts() {
      const files = fonts.length > 0 ? await video.fonts!(fonts) : [];
      return files.map((file, index) => ({ font: fonts[index].font!, file }));
    },
  };
}

/** Returns everything that the bytes of a job's output depend on. */
export async function jobIdentity(
  options: LipsyncOptions,
  settings: ResolvedLipsyncOptions,
  model: LipsyncModel,
): Promise<JobIdentity> {
  const { device = 'cpu', dtype = 'float32', threads, insightface, videoStream, audioStream, deinterlace } = options;
  const weights = await Promise.all(
    Object.entries(model.weightFiles).map(async ([name, paths]) => [
      name,
      ...(await Promise.all(paths.map(fileIdentity))),
    ]),
  );
  const configs = [model.unet, model.vae, model.whisper].map(({ network }) => network.config);
  return {
    video: await inputIdentity(options.video),
    audio: await Promise.all(audiosOf(options).map(inputIdentity)),
    sound: options.sound === undefined ? undefined : await inputIdentity(options.sound),
    options: {
      ...settings,
      speakers: await Promise.all(
        settings.speakers.map(async (speaker) => ({ ...speaker, face: await faceIdentity(speaker.face) })),
      ),
      points: options.points && (await fileIdentity(options.points)),
      videoStream,
      audioStream,
      deinterlace,
      device,
      dtype,
      threads,
    },
    // Not by its name: a copy of its folder is the same model, and an edited configuration makes it another.
    model: [...weights, ...configs, model.defaults, model.schedulerConfig],
    'face networks': await landmarkerIdentity(insightface),
    'speech network': SILERO_VAD,
    // Kernels are chosen by what the processor can do.
    processor: cpus().at(0)?.model,
    'program version': await packageVersion(),
  };
}

/** A picture is known by its content. */
async function faceIdentity(face: FaceOption): Promise<unknown> {
  return typeof face === 'object' ? fileIdentity(face.picture) : face;
}

async function inputIdentity(input: MediaInput): Promise<string> {
  const path = pathOf(input);
  if (path !== undefined) return fileIdentity(path);
  // What is behind a URL is known by its address, which may contain secrets.
  if (typeof input === 'string' || input instanceof URL) return bytesIdentity(new Blob([String(input)]));
  return bytesIdentity(input);
}
