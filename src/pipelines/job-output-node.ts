// The output of a job in Node: segments and windows in a journal, a video at the end; what makes two jobs the same.
import { stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileIdentity } from '../hub/files-node.ts';
import { pathOf } from '../media/input-file-node.ts';
import { bytesIdentity, fileState } from '../media/media-identity-node.ts';
import type { MediaInput } from '../media/media-input.ts';
import { SegmentedVideo } from '../media/segmented-video-node.ts';
import { LatentSyncError } from '../util/errors.ts';
import { packageVersion } from '../util/package-version-node.ts';
import { printable } from '../util/printable.ts';
import { TemporaryFolder } from '../util/temporary-paths-node.ts';
import { option, wording } from '../util/wording.ts';
import { landmarkerIdentity } from './faces/face-landmarker-node.ts';
import { JobJournal, type JobIdentity } from './job-journal-node.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import type { LipsyncOptions, ResolvedLipsyncOptions } from './lipsync-options.ts';
import type { JobWriter, JobWriterOptions } from './lipsync-pipeline.ts';

/** Seconds of the output in one segment. */
const SEGMENT_SECONDS = 10;

/** Returns how many frames a segment of the output has. */
export function segmentFramesOf(frameRate: number): number {
  return Math.max(1, Math.round(SEGMENT_SECONDS * frameRate));
}

/** Where a job writes. */
export interface JobOutput extends AsyncDisposable {
  readonly journal: JobJournal;
  /** Starts the video, or goes on with it. */
  openWriter(options: JobWriterOptions): Promise<JobWriter>;
  /** Returns the error to throw instead of one that ended the job: after a cancellation, it says how to go on. */
  asEnd(error: unknown): Promise<unknown>;
  /** Leaves nothing but the video. */
  finish(): Promise<void>;
}

/**
 * Opens the output of a job. Disposing of it keeps the journal if there is something in it to go on with, unless
 * `options.journal` says that nothing is to be kept.
 *
 * @throws LatentSyncError as {@link JobJournal.open}.
 */
export async function openJobOutput(
  options: LipsyncOptions,
  identity: JobIdentity,
  frames: number,
): Promise<JobOutput> {
  const { output, workDir, fresh, journal: keeping = 'keep', reference: exact } = options;
  const states = await inputStates(options);
  const temporary =
    keeping === 'none' ? await TemporaryFolder.create('.latentsync-', workDir ?? dirname(output)) : undefined;
  const journal = await JobJournal.open({
    output,
    identity,
    frames,
    workDir: temporary?.path ?? workDir,
    fresh,
    exact,
  });
  let finished = false;
  return {
    journal,
    async openWriter({ onSafe, frameCount, ...format }) {
      await journal.setFrames(frameCount);
      const segments = await SegmentedVideo.open({
        ...format,
        path: output,
        folder: journal.folder,
        segmentFrames: segmentFramesOf(format.frameRate),
        onSegment: async (safe) => {
          await journal.setFramesSafe(safe);
          await onSafe(safe);
        },
      });
      return {
        framesWritten: segments.framesWritten,
        add: (frame) => segments.add(frame),
        async finish() {
          await checkUnchanged(options, states);
          await segments.finish();
        },
        [Symbol.asyncDispose]: () => segments[Symbol.asyncDispose](),
      };
    },
    async asEnd(error) {
      const isCanceled = error instanceof LatentSyncError && error.code === 'aborted';
      if (!isCanceled || keeping === 'none' || (await journal.isEmpty())) return error;
      return new LatentSyncError('aborted', 'Canceled.', {
        remedy: wording`What is finished is kept: the same job goes on from there. Set ${option('fresh')} to start anew.`,
        cause: error.cause,
      });
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
      await temporary?.[Symbol.asyncDispose]();
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
    Object.values(model.weightFiles).map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return [basename(path), size, mtimeMs];
    }),
  );
  return {
    video: await inputIdentity(options.video),
    audio: await inputIdentity(options.audio),
    options: { ...settings, videoStream, audioStream, deinterlace, device, dtype, threads },
    model: [model.name, ...weights],
    'face networks': await landmarkerIdentity(insightface),
    // Kernels are chosen by what the processor can do.
    processor: cpus().at(0)?.model,
    'program version': await packageVersion(),
  };
}

async function inputIdentity(input: MediaInput): Promise<string> {
  const path = pathOf(input);
  if (path !== undefined) return fileIdentity(path);
  // What is behind a URL is known by its address, which may contain secrets.
  if (typeof input === 'string' || input instanceof URL) return bytesIdentity(new Blob([String(input)]));
  return bytesIdentity(input);
}

async function inputStates({ video, audio }: LipsyncOptions): Promise<(string | undefined)[]> {
  return [await fileState(video), await fileState(audio)];
}

/** A video of which one half belongs to one file and the rest to another would be worse than none. */
async function checkUnchanged(options: LipsyncOptions, before: readonly (string | undefined)[]): Promise<void> {
  const after = await inputStates(options);
  for (const [index, input] of [options.video, options.audio].entries()) {
    if (before[index] === after[index]) continue;
    throw new LatentSyncError('input-invalid', wording`${printable(pathOf(input) ?? '')} was changed during the job.`, {
      remedy: wording`Put the old file back to go on, or set ${option('fresh')} to start anew.`,
    });
  }
}
