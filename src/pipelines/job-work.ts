// How much work each stage of a job is expected to be, so that progress can estimate the whole job from its beginning.
import { encoderWindows, windowsOfRows, type FeatureRows } from '../audio/feature-windows.ts';
import { countFlops } from '../onnx/flop-count.ts';
import type { VideoInfo } from '../media/video-reader.ts';
import type { AudioMeasure } from './audio/audio-features.ts';
import { windowCount, windowSizes } from './face-windows.ts';
import { passCounts, usesDeepCache, type DenoisingSettings } from './denoising-path.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { lipsyncGraphs } from './lipsync-networks.ts';
import { weightBytes } from './required-memory.ts';

// Work is counted in 10⁹ operations of the networks; other work by how many of these two CPU cores do in the same time.
/** Starting the networks' process, and building their graphs. */
const START_WORK = 100;
/** Reading and laying out a billion bytes of weights. */
const WORK_PER_GIGABYTE = 150;
/** Decoding a frame and finding its face: per frame, and per million pixels. Decoding it again, compositing and encoding: the same. */
const WORK_PER_FRAME = 1;
const WORK_PER_MEGAPIXEL = 2;

/** What {@link estimateWork} depends on. */
export interface WorkOptions {
  model: LipsyncModel;
  video: Pick<VideoInfo, 'width' | 'height'>;
  /** What is heard, and which rows of its features. */
  speeches: readonly { readonly measure: Pick<AudioMeasure, 'melFrames'>; readonly heardRows: FeatureRows }[];
  /** Frames of the output, and faces that are redrawn if they are there. */
  frames: number;
  drawnFaces: number;
  /** Frames of the video in which the face is looked for. */
  trackedFrames: number;
  /** Whether the networks are there already. */
  isLoaded: boolean;
  settings: Omit<DenoisingSettings, 'scheduler'> & { reference: boolean; bestOf: number };
}

/** Returns the expected work of loading the networks, finding the faces, encoding the audio, and redrawing the frames. */
export function estimateWork(options: WorkOptions): { load: number; faces: number; audio: number; sync: number } {
  const { model, video, speeches, frames, drawnFaces, trackedFrames, settings, isLoaded } = options;
  const { reference, bestOf } = settings;
  const graphs = lipsyncGraphs(model, { deepCache: usesDeepCache(settings) });
  const work = (graph: keyof typeof graphs, sizes?: Record<string, number>): number => {
    const built = graphs[graph];
    return built ? countFlops(built, sizes).total / 1e9 : 0;
  };
  const window = { frames: model.defaults.numFrames };
  const images = { images: model.defaults.numFrames };
  const { whole, shallow } = passCounts(settings);
  const windowWork = work('decoder', images) + whole * work('unet', window) + shallow * work('shallowUnet', window);
  const encodingWork = 2 * work('encoder', { images: 1 }); // a face is encoded once, whatever the windows
  const frameWork = WORK_PER_FRAME + (WORK_PER_MEGAPIXEL * video.width * video.height) / 1e6;
  const audioWindows = speeches.flatMap(({ measure, heardRows }) =>
    windowsOfRows(encoderWindows(measure.melFrames, reference ? { overlap: 0 } : {}), heardRows),
  );
  return {
    load: isLoaded ? 0 : START_WORK + (WORK_PER_GIGABYTE * weightBytes(model)) / 1e9,
    faces: trackedFrames * frameWork,
    audio: audioWindows.length * work('whisper'),
    sync:
      windowCount(drawnFaces, windowSizes(model, reference)) * bestOf * windowWork +
      drawnFaces * encodingWork +
      frames * frameWork,
  };
}
