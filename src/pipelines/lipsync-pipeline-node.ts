// LipsyncPipeline: a video file and an audio file → the same video speaking the audio. Everything streams from reader to writer.
import { featureRowCount } from '../audio/feature-windows.ts';
import { openAudio, openVideo } from '../media/input-file-node.ts';
import { checkOutput } from '../media/output-file-node.ts';
import { createVideo, mp4Format } from '../media/video-file-writer-node.ts';
import type { VideoFrameData, VideoReader } from '../media/video-reader.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { ProgressReporter } from '../util/progress.ts';
import { createImage8 } from '../tensor/image.ts';
import { option, wording } from '../util/wording.ts';
import { audioFeatures, measureAudio } from './audio-features-node.ts';
import { FeatureChunks } from './audio2feature.ts';
import { checkInsightFaceFolder, openFaceLandmarker } from './faces/face-landmarker-node.ts';
import { trackFaces, type TrackedFrame } from './faces/track-faces.ts';
import { faceWindowsOptions } from './face-windows.ts';
import { outputFrames, planFrames } from './frame-source.ts';
import { FeatureCache } from '../hub/feature-cache-node.ts';
import { checkDisk, checkMemory } from '../hub/resources-node.ts';
import type { LipsyncModel } from './lipsync-model.ts';
import { openLipsyncModel } from './lipsync-model-node.ts';
import { LipsyncNetworks } from './lipsync-networks.ts';
import { checkLipsyncOptions, resolveLipsyncOptions, type LipsyncOptions } from './lipsync-options.ts';
import { lipsyncFrames, type StreamFrame } from './lipsync-stream.ts';
import { requiredMemory } from './required-memory.ts';

/** Frame rate that the reference converts everything to. */
const REFERENCE_FPS = 25;

/** Bytes of output expected for a pixel of a frame, generously. */
const BYTES_PER_PIXEL = 0.05;

/** What a finished job tells. */
export interface LipsyncResult {
  /** The file written. */
  output: string;
  /** Frames written, and those in which a face was redrawn. */
  frames: number;
  framesWithFace: number;
  /** Seconds of video written. */
  durationSeconds: number;
  /** Seconds that the job took. */
  elapsedSeconds: number;
  /** Name of the model that drew the mouth: `tiny`, `1.5`, `1.6`, or the folder that was given. */
  model: string;
}

/**
 * Lip-syncs videos.
 *
 * @example
 * await LipsyncPipeline.run({ video: 'talk.mp4', audio: 'speech.wav', output: 'out.mp4', model: '1.6' });
 */
export const LipsyncPipeline = {
  /**
   * Writes `options.output`, or nothing when it fails or is canceled.
   *
   * @throws RangeError for an option out of range.
   * @throws LatentSyncError with a code that tells what is wrong: with the files, the audio, the model, this machine, or
   * `no-face` when the whole video shows none; `aborted` when the signal fires.
   */
  async run(options: LipsyncOptions): Promise<LipsyncResult> {
    checkLipsyncOptions(options);
    const startedAt = performance.now();
    const { signal } = options;
    throwIfAborted(signal);

    await checkOutput(options.output, [options.video, options.audio], mp4Format);
    if (options.insightface !== undefined) await checkInsightFaceFolder(options.insightface);
    await using video = await openVideo(options.video);
    await using audio = await openAudio(options.audio);
    await using model = await openLipsyncModel(options.model ?? 'tiny');
    const resolved = resolveLipsyncOptions(options, model.defaults);
    await checkPeakMemory(model, video, options);
    const measure = await measureAudio(audio, signal);
    const { info } = video;
    const plan = planFrames(info, {
      length: resolved.length,
      audioRows: featureRowCount(measure.melFrames),
      fps: resolved.reference ? REFERENCE_FPS : options.fps,
      reference: resolved.reference,
    });
    await checkDisk(info.width * info.height * plan.frameCount * BYTES_PER_PIXEL, options.output, 'The output');

    await using runtime = createRuntime({
      device: options.device,
      threads: options.threads,
    });
    await using landmarker = await openFaceLandmarker({
      runtime,
      insightface: options.insightface,
      reference: resolved.reference,
      signal,
    });
    await using networks = await LipsyncNetworks.load(runtime, model, {
      scheduler: resolved.scheduler,
      numInferenceSteps: resolved.steps,
      guidanceScale: resolved.guidanceScale,
      deepCacheInterval: resolved.deepCacheInterval,
      dtype: resolved.dtype,
      signal,
      onProgress: options.onProgress,
    });
    const features = await audioFeatures(audio, measure, {
      audio2feature: networks.audio2feature,
      encoderIdentity: model.whisper.identity,
      reference: resolved.reference,
      cache: options.featureCache === false ? undefined : new FeatureCache(),
      signal,
      onProgress: options.onProgress,
    });

    const chunks = new FeatureChunks({
      ...features,
      rowWidth: networks.audio2feature.rowWidth,
      fps: plan.fps ?? FINE_FPS,
      audioFeatLength: model.defaults.audioFeatLength,
    });
    const source = outputFrames(video, { ...plan, signal });
    const tracked = trackFaces(source, { landmarker, reference: resolved.reference, signal });
    const frames = lipsyncFrames(withAudio(tracked, chunks, plan.fps), {
      ...faceWindowsOptions(model, networks, resolved),
      reference: resolved.reference,
      signal,
    });

    await using writer = await createVideo(options.output, {
      width: info.width,
      height: info.height,
      frameRate: plan.fps ?? info.frameRate,
      variableFrameRate: plan.fps === undefined,
      colorSpace: info.colorSpace,
      quality: options.quality,
      audio,
    });
    const total = plan.endSeconds === undefined ? plan.frameCount : undefined;
    const progress = new ProgressReporter('sync', total, options.onProgress);
    let written = 0;
    let framesWithFace = 0;
    let durationSeconds = 0;
    progress.report(0);
    for await (const { frame, points } of frames) {
      throwIfAborted(signal);
      await writer.add(frame);
      written++;
      if (points) framesWithFace++;
      durationSeconds = frame.timestampSeconds + frame.durationSeconds;
      video.recycle(frame);
      progress.report(written);
    }
    if (framesWithFace === 0) throw noFaceError(options.video);
    await writer.finish();
    return {
      output: options.output,
      frames: written,
      framesWithFace,
      durationSeconds,
      elapsedSeconds: (performance.now() - startedAt) / 1000,
      model: model.name,
    };
  },
};

function noFaceError(path: string): LatentSyncError {
  return new LatentSyncError('no-face', wording`No face was found in ${path}.`, {
    remedy: 'Use a video that shows a face from the front, at least about 60 pixels wide.',
  });
}

async function checkPeakMemory(model: LipsyncModel, { info }: VideoReader, options: LipsyncOptions): Promise<void> {
  const { dtype = 'float32', device = 'cpu' } = options;
  const needed = requiredMemory(model, { width: info.width, height: info.height, dtype });
  await checkMemory(needed, `Model ${model.name} in ${dtype}`, {
    remedy: wording`${dtype === 'float32' && device === 'cpu' ? wording`Set ${option('dtype', 'int8')}, close` : 'Close'} other programs, or use a smaller model: ${option('model', '1.5')} or ${option('model', 'tiny')}.`,
  });
}

/** Frames at uneven times find their audio by the time, at this many steps a second. */
const FINE_FPS = 50;

/** A frame on its way through the pipeline. */
interface PipelineFrame extends StreamFrame {
  frame: VideoFrameData;
}

async function* withAudio(
  frames: AsyncIterable<TrackedFrame>,
  chunks: FeatureChunks,
  fps: number | undefined,
): AsyncGenerator<PipelineFrame> {
  for await (const { frame, points, startsTrack } of frames) {
    const index = fps === undefined ? Math.floor(frame.timestampSeconds * FINE_FPS) : frame.index;
    const image = createImage8(frame.width, frame.height, 4, frame.data);
    yield { frame, image, points, startsTrack, audio: await chunks.chunk(index) };
  }
}
