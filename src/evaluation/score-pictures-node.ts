// scorePictures: images and videos → how good they look, as the official data filter measures it.
import { openCheckpointFile } from '../checkpoint/checkpoint-file-node.ts';
import { evaluationWeights } from '../hub/evaluation-weights-node.ts';
import { openVideo } from '../media/input-file-node.ts';
import type { MediaInput } from '../media/media-input.ts';
import type { OnMediaWarning } from '../media/media-warning.ts';
import { HYPER_IQA_SIDE } from '../models/hyper-iqa.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { Device } from '../runtime/runtime.ts';
import { throwIfAborted } from '../util/abort.ts';
import { LatentSyncError } from '../util/errors.ts';
import { checkOptions } from '../util/option-table.ts';
import { ProgressReporter, type OnProgress } from '../util/progress.ts';
import { wording } from '../util/wording.ts';
import { chosenFrames } from './chosen-frames.ts';
import { scorePicturesOptions } from './official-options.ts';
import { PictureScorer } from './picture-scorer.ts';

/** How {@link scorePictures} works. */
export interface ScorePicturesOptions {
  /** Weights of HyperIQA, `koniq_pretrained.pkl`. Default: the model's. */
  hyperiqa?: string;
  /** The model whose part `evaluation` has the weights: `1.5`, `1.6`, or a folder laid out as theirs. Default: whichever is downloaded. */
  model?: string;
  /** Where the network runs. Default `cpu`. */
  device?: Device;
  /** Threads for the network, 1 to 256. Default: all physical cores. */
  threads?: number;
  signal?: AbortSignal;
  /** Stage `score`, in inputs. */
  onProgress?: OnProgress;
  onWarning?: OnMediaWarning;
}

/** How good an image or a video looks. */
export interface PictureScore {
  /** As it is called in messages. */
  name: string;
  /** The mean of the frames' scores: about 0 to 100, higher is better. */
  score: number;
  /** The frames that were looked at: of a video the first, the middle and the last. */
  frames: { seconds: number; score: number }[];
}

/** Returns the numbers of the first, the middle and the last of so many frames. */
export function scoredFrames(count: number): number[] {
  return [...new Set([0, Math.floor(count / 2), count - 1])];
}

/**
 * Yields how good each image or video looks, in order: HyperIQA on the 224×224 pixels in the middle of the frames that are looked at. The
 * official code does so with videos of aligned faces of 256×256 pixels, and keeps those that score 40 or more.
 *
 * @throws OptionError for an option out of range.
 * @throws LatentSyncError `model-not-downloaded`, `file-not-found`, `checkpoint-corrupt` or `checkpoint-mismatch` when there are no such
 * weights; `input-invalid` for pictures smaller than 224×224; the errors of `openVideo`; or `aborted` when the signal fires.
 * @example
 * for await (const { name, score } of scorePictures(['face.mp4', 'portrait.png'])) console.log(name, score);
 */
export async function* scorePictures(
  inputs: readonly MediaInput[],
  options: ScorePicturesOptions = {},
): AsyncGenerator<PictureScore, void, undefined> {
  checkOptions(scorePicturesOptions, options);
  const { model, device, threads, signal, onProgress, onWarning } = options;
  throwIfAborted(signal);
  await using weights = await openCheckpointFile(
    await evaluationWeights('hyperiqa', { file: options.hyperiqa, model }),
  );
  await using runtime = createRuntime({ device, threads });
  await using scorer = await PictureScorer.open(runtime, weights);
  const progress = new ProgressReporter('score', inputs.length, onProgress);
  for (const [index, input] of inputs.entries()) {
    await using video = await openVideo(input, { signal, onWarning });
    const { width, height } = video.info;
    if (width < HYPER_IQA_SIDE || height < HYPER_IQA_SIDE) {
      throw new LatentSyncError(
        'input-invalid',
        wording`${video.name} has ${width}×${height} pixels; its score would need ${HYPER_IQA_SIDE}×${HYPER_IQA_SIDE} at least.`,
        { remedy: 'Use the original, or leave it out. An enlarged copy would be judged by how it was enlarged.' },
      );
    }
    const frames: PictureScore['frames'] = [];
    for await (const frame of chosenFrames(video, scoredFrames(video.timestamps.length), signal)) {
      frames.push({ seconds: frame.timestampSeconds, score: await scorer.score(frame.data, signal) });
      video.recycle(frame);
    }
    progress.report(index + 1);
    const score = frames.reduce((sum, frame) => sum + frame.score, 0) / frames.length;
    yield { name: video.name, score, frames };
  }
}
