// findFaces: a video → its shots and faces, as the first pass of a lip-sync finds them, and a contact sheet of them.
import { openVideo, pathOf } from '../../media/input-file-node.ts';
import type { MediaInput } from '../../media/media-input.ts';
import type { MediaWarning, OnMediaWarning } from '../../media/media-warning.ts';
import { checkOutput } from '../../media/output-file-node.ts';
import { pngFormat, writePng } from '../../media/png-node.ts';
import type { Deinterlacing } from '../../media/stream-options.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { Device, Runtime } from '../../runtime/runtime.ts';
import { checkOptions } from '../../util/option-table.ts';
import type { OnProgress } from '../../util/progress.ts';
import { checkInsightFaceFolder, openFaceLandmarker } from './face-landmarker-node.ts';
import { facesSummary, type FacesSummary } from './faces-summary.ts';
import { findFacesOptions } from './find-faces-options.ts';
import { trackOrigin, trackTableStore } from './track-cache-node.ts';
import { trackSheet } from './track-sheet.ts';
import type { TrackTable } from './track-table.ts';
import { trackVideo } from './track-video.ts';

/** How {@link findFaces} works. */
export interface FindFacesOptions {
  /** PNG file for a contact sheet, named .png: a frame of every track with its number. By default none is written. */
  output?: string;
  /** Number of the video stream in its file, 0 or more. Default: the best one. */
  videoStream?: number;
  /** How interlaced video is shown: `auto`, `on` or `off`. Default `auto`. */
  deinterlace?: Deinterlacing;
  /** Folder with InsightFace's `det_10g.onnx` and `2d106det.onnx`, to be used instead of the bundled face networks. */
  insightface?: string;
  /** Where the networks run. Default `cpu`. */
  device?: Device;
  /** Threads for the networks, 1 to 256. Default: all physical cores. */
  threads?: number;
  /** Keeps what was found on disk, for jobs with the same video, and takes what they have kept. Default true. */
  cache?: boolean;
  signal?: AbortSignal;
  /** Stage `faces`, in frames; not reported where the faces are known already. */
  onProgress?: OnProgress;
  /** Hears of everything that is lost or put right in the video. */
  onWarning?: OnMediaWarning;
}

/** What {@link findFaces} found. */
export interface FoundFaces {
  /** Every frame of the video. */
  table: TrackTable;
  summary: FacesSummary;
  /** The contact sheet; undefined when none was asked for, or no face was found. */
  output: string | undefined;
  warnings: readonly MediaWarning[];
}

/**
 * Finds the shots of a video, and follows the face in each.
 *
 * @throws OptionError for an option out of range.
 * @throws LatentSyncError with a code that says what is wrong with the video or the output; `aborted` when the signal fires.
 *
 * @example
 * const { summary } = await findFaces('talk.mp4', { output: 'talk.faces.png' });
 * for (const { track, fromSeconds, toSeconds } of summary.tracks) console.log(track, fromSeconds, toSeconds);
 */
export async function findFaces(video: MediaInput, options: FindFacesOptions = {}): Promise<FoundFaces> {
  checkOptions(findFacesOptions, options);
  const { output, videoStream, deinterlace, insightface, device, threads, signal, onProgress } = options;
  const path = pathOf(video);
  if (output !== undefined) await checkOutput(output, path === undefined ? [] : [path], pngFormat);
  if (insightface !== undefined) await checkInsightFaceFolder(insightface);
  const warnings: MediaWarning[] = [];
  const onWarning = (warning: MediaWarning): void => {
    warnings.push(warning);
    options.onWarning?.(warning);
  };
  await using reader = await openVideo(video, { signal, onWarning, videoStream, deinterlace });
  let runtime: Runtime | undefined;
  try {
    const isKept = options.cache !== false && path !== undefined;
    const table = await trackVideo(reader, {
      landmarker: () => {
        runtime = createRuntime({ device, threads });
        return openFaceLandmarker({ runtime, insightface, signal });
      },
      store: isKept ? trackTableStore(await trackOrigin(path, options)) : undefined,
      signal,
      onProgress,
    });
    const summary = facesSummary(table, reader);
    const sheet = output === undefined ? undefined : await trackSheet(reader, table, summary, { signal });
    if (output !== undefined && sheet) await writePng(output, sheet);
    return { table, summary, output: sheet && output, warnings };
  } finally {
    await runtime?.[Symbol.asyncDispose]();
  }
}
