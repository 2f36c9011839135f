// findFaces: a video → its shots and faces, as the first pass of a lip-sync finds them; a contact sheet of them, and a video that shows them.
import type { AudioReader } from '../../media/audio-reader.ts';
import { openAudio, openVideo, pathOf } from '../../media/input-file-node.ts';
import type { MediaInput } from '../../media/media-input.ts';
import type { MediaWarning, OnMediaWarning } from '../../media/media-warning.ts';
import { checkOutput } from '../../media/output-file-node.ts';
import { pngFormat, writePng } from '../../media/png-node.ts';
import type { Deinterlacing } from '../../media/stream-options.ts';
import { createVideo, videoFormat } from '../../media/video-file-writer-node.ts';
import type { VideoReader } from '../../media/video-reader.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import type { Device, Runtime } from '../../runtime/runtime.ts';
import type { Image8 } from '../../tensor/image.ts';
import { OptionError } from '../../util/assert.ts';
import { checkOptions } from '../../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';
import { option, wording } from '../../util/wording.ts';
import { shiftedSound } from '../audio/placed-sound.ts';
import { checkNoSearch, checkPointsAlone } from '../lipsync-options.ts';
import { chooseLanes } from '../lanes.ts';
import { faceStretchOf } from './face-option.ts';
import type { FaceLandmarker } from './face-landmarker.ts';
import { checkInsightFaceFolder, openFaceLandmarker } from './face-landmarker-node.ts';
import { FacePoints } from './face-points.ts';
import { FacesOverlay } from './faces-overlay.ts';
import { facesSummary, type FacesSummary } from './faces-summary.ts';
import { findFacesOptions } from './find-faces-options.ts';
import { pointsFormat, readPoints, writePointsTemplate } from './points-file-node.ts';
import { pointsTemplate } from './points-template.ts';
import { readPicture } from './read-picture-node.ts';
import { trackOrigin, trackTableStore } from './track-cache-node.ts';
import { trackSheet } from './track-sheet.ts';
import type { TrackTable } from './track-table.ts';
import { trackVideo } from './track-video.ts';

/** How {@link findFaces} works. */
export interface FindFacesOptions {
  /** PNG file for a contact sheet, named .png: a frame of every track with its number. By default none is written. */
  output?: string;
  /**
   * Video to write, MP4, MOV, MKV or WebM, with the sound: in every frame the box, the points and the number of each face, the outline of what a
   * job would draw, and the reason where it would not. By default none is written.
   */
  overlay?: string;
  /** File with the places of the face, .csv or .json, in place of looking for it, as in a job. */
  points?: string;
  /**
   * Points file to write, to be edited, .csv or .json: where the face was found that would be changed, or three points in the middle of the
   * picture. By default none is written.
   */
  pointsTemplate?: string;
  /** Who would be changed, as in a job, for `overlay` and `pointsTemplate`. Default `largest`. */
  face?: string | number | readonly (string | number)[];
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
  /** Stages `faces`, not reported where the faces are known already, and `overlay`; in frames. */
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
  /** The video with everything drawn in; undefined when none was asked for. */
  overlay: string | undefined;
  /** The points file to be edited; undefined when none was asked for. */
  pointsTemplate: string | undefined;
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
  checkFindFacesOptions(options);
  const { output, overlay, pointsTemplate: template, videoStream, deinterlace, insightface } = options;
  const { device, threads, signal, onProgress } = options;
  const path = pathOf(video);
  const faces = [options.face ?? 'largest'].flat().map(faceStretchOf);
  const facePaths = faces.flatMap(({ face }) => (typeof face === 'object' ? [face.picture] : []));
  const inputs = [path, options.points, ...facePaths].filter((input) => input !== undefined);
  if (output !== undefined) await checkOutput(output, inputs, pngFormat);
  if (overlay !== undefined) await checkOutput(overlay, inputs, videoFormat);
  if (template !== undefined) await checkOutput(template, inputs, pointsFormat);
  if (insightface !== undefined) await checkInsightFaceFolder(insightface);
  const given = options.points === undefined ? undefined : await readPoints(options.points);
  const pictures = new Map<string, Image8>();
  for (const picture of facePaths) pictures.set(picture, await readPicture(picture, signal));
  const warnings: MediaWarning[] = [];
  const onWarning = (warning: MediaWarning): void => {
    warnings.push(warning);
    options.onWarning?.(warning);
  };
  await using reader = await openVideo(video, { signal, onWarning, videoStream, deinterlace });
  let runtime: Runtime | undefined;
  const landmarker = (): Promise<FaceLandmarker> => {
    runtime ??= createRuntime({ device, threads });
    return openFaceLandmarker({ runtime, insightface, signal });
  };
  try {
    const isKept = options.cache !== false && path !== undefined;
    const table = await trackVideo(reader, {
      landmarker,
      points: given && new FacePoints(given, reader),
      identify: pictures.size > 0,
      store: isKept ? trackTableStore(await trackOrigin(path, options)) : undefined,
      signal,
      onProgress,
    });
    const summary = facesSummary(table, reader);
    const sheet = output === undefined ? undefined : await trackSheet(reader, table, summary, { signal });
    const chosen = await chooseLanes(table, {
      speakers: faces.map((stretch) => ({ ...stretch, speech: 0 })),
      silent: 'keep',
      noFace: 'error',
      pictures,
      landmarker,
      videoName: reader.name,
      signal,
    });
    if (output !== undefined && sheet) await writePng(output, sheet);
    if (template !== undefined) await writePointsTemplate(template, pointsTemplate(chosen[0].faces, reader));
    if (overlay !== undefined) {
      await using sound = reader.info.hasAudio ? await openAudio(video, { signal, onWarning }) : undefined;
      const drawing = new FacesOverlay(table, chosen, reader.leadSeconds);
      await writeOverlay(overlay, reader, drawing, { sound, signal, onProgress });
    }
    return { table, summary, output: sheet && output, overlay, pointsTemplate: template, warnings };
  } finally {
    await runtime?.[Symbol.asyncDispose]();
  }
}

function checkFindFacesOptions(options: FindFacesOptions): void {
  checkOptions(findFacesOptions, options);
  const { overlay, points, pointsTemplate: template, face } = options;
  checkPointsAlone(options);
  checkNoSearch(options);
  if (points !== undefined && template !== undefined) {
    throw new OptionError(
      'pointsTemplate',
      wording`be left out with ${option('points')}, which is such a file`,
      template,
    );
  }
  if (face !== undefined && overlay === undefined && template === undefined) {
    const rule = wording`be left out without ${option('overlay')} and ${option('pointsTemplate')}: the list has everybody`;
    throw new OptionError('face', rule, face);
  }
  const [first, ...others] = [face ?? 'largest'].flat().map(faceStretchOf);
  const isOne = others.length === 0 && first.face !== 'all' && (first.startSeconds ?? first.endSeconds) === undefined;
  if (template !== undefined && !isOne) {
    throw new OptionError('face', wording`be one person, all the time, with ${option('pointsTemplate')}`, face);
  }
}

/** Writes the whole video, each frame at its own time, with what is known drawn in. */
async function writeOverlay(
  path: string,
  video: VideoReader,
  overlay: FacesOverlay,
  options: { sound: AudioReader | undefined; signal: AbortSignal | undefined; onProgress: OnProgress | undefined },
): Promise<void> {
  const { sound, signal, onProgress } = options;
  const { width, height, frameRate, variableFrameRate, colorSpace, frameCount } = video.info;
  const audio = sound && shiftedSound(sound, sound.leadSeconds - video.leadSeconds);
  const progress = new ProgressReporter('overlay', frameCount, onProgress);
  let frames = 0;
  progress.report(frames);
  await using writer = await createVideo(path, { width, height, frameRate, variableFrameRate, colorSpace, audio });
  for await (const frame of video.frames({ signal })) {
    overlay.draw(frame);
    await writer.add(frame);
    video.recycle(frame);
    progress.report(++frames);
  }
  await writer.finish();
}
