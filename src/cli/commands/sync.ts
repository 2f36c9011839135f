// latentsync sync: the main job, from a video and an audio file to a video.
import type { LipsyncResult } from '../../pipelines/lipsync-pipeline-node.ts';
import { knownModels } from '../../hub/model-registry.ts';
import { outputLengths } from '../../pipelines/lipsync-options.ts';
import { printable } from '../../util/printable.ts';
import { linearDTypes } from '../../onnx/linear-dtype.ts';
import { schedulerNames } from '../../schedulers/scheduler.ts';
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';
import { deviceOption, jsonOption, modelOption, referenceOption, threadsOption } from './shared-options.ts';

/** Returns what a finished job tells a person. */
export function describeResult(result: LipsyncResult): string {
  const { output, frames, framesWithFace, durationSeconds, elapsedSeconds } = result;
  const rate = (frames / elapsedSeconds).toFixed(1);
  const lines = [
    `${printable(output)}: ${frames} ${frames === 1 ? 'frame' : 'frames'}, ${durationSeconds.toFixed(2)} s of video, ` +
      `in ${formatSeconds(elapsedSeconds)} (${rate} frames/s).`,
  ];
  if (framesWithFace < frames) {
    lines.push(
      `A face was found in ${framesWithFace} of the frames; the other ${frames - framesWithFace} are unchanged.`,
    );
  }
  if (knownModels.some(({ kind, name }) => kind === 'embedded' && name === result.model)) {
    lines.push(
      `Model ${result.model} is small and has seen rendered people only: real ones get a synthetic mouth. The official model ` +
        'is the one for real footage: run "latentsync models pull 1.6", then sync with --model 1.6.',
    );
  }
  return lines.join('\n');
}

export const syncCommand = defineCommand({
  name: 'sync',
  summary: 'Lip-sync a video to an audio file.',
  description:
    'The output has the size and the frame rate of the video, and the sound of the audio file. ' +
    'It appears only when it is complete; Ctrl-C leaves nothing behind.',
  arguments: {
    video: { name: 'VIDEO', help: 'File that shows the person: MP4, MOV, MKV or WebM.' },
    audio: { name: 'AUDIO', help: 'File with the speech; of a video file, its sound.' },
  },
  options: {
    output: { kind: 'text', value: 'FILE', short: 'o', required: true, help: 'MP4 file to write, named .mp4 or .m4v.' },
    model: modelOption,
    steps: {
      kind: 'number',
      value: 'N',
      help: 'Denoising steps, 1 to 999; more take longer. Default: what the model is meant for, 20 for 1.5 and 1.6.',
    },
    guidance: {
      kind: 'number',
      value: 'SCALE',
      help:
        'How strongly the audio shapes the lips, 0 to 10; up to 1 there is no guidance, in half the time. ' +
        'Default: what the model is meant for, 1.5 for 1.5 and 1.6.',
    },
    seed: { kind: 'number', value: 'N', help: 'Seed of the noise; the same seed gives the same video. Default: 1247.' },
    scheduler: { kind: 'text', value: 'NAME', choices: schedulerNames, help: 'How noise is removed. Default: ddim.' },
    deepcache: {
      kind: 'number',
      value: 'N',
      help: 'Run the whole UNet at every Nth step only and reuse its deep features between. Default: 1, at every step.',
    },
    fps: {
      kind: 'number',
      value: 'RATE',
      help: 'Frames a second of the output, 1 to 120. Default: those of the video.',
    },
    length: {
      kind: 'text',
      value: 'WHICH',
      choices: outputLengths,
      help: 'How long the output is. A video that is shorter than the audio is played backwards and forwards. Default: audio.',
    },
    quality: {
      kind: 'number',
      value: 'CRF',
      help: 'Quality of the video, from 0 (lossless) to 51 (worst), as x264 counts it. Default: 17.',
    },
    device: deviceOption,
    dtype: {
      kind: 'text',
      value: 'TYPE',
      choices: linearDTypes,
      help: "Type of the UNet's linear layers. With 1.5 and 1.6 on the CPU, int8 saves time and memory. Default: float32.",
    },
    threads: threadsOption,
    insightface: {
      kind: 'text',
      value: 'DIR',
      help:
        "Folder with InsightFace's det_10g.onnx and 2d106det.onnx, used instead of the bundled face networks. " +
        'Their license allows no commercial use.',
    },
    'no-feature-cache': { kind: 'flag', help: 'Neither read nor keep the features of the audio on disk.' },
    reference: referenceOption,
    json: jsonOption,
  },
  examples: [
    'latentsync sync talk.mp4 speech.wav -o result.mp4',
    'latentsync sync talk.mp4 speech.wav -o result.mp4 --model 1.6 --steps 30 --guidance 2',
    'latentsync sync talk.mov dubbing.mp3 -o result.mp4 --model 1.5 --deepcache 3 --length shortest',
    'latentsync sync -o result.mp4 -- -talk.mp4 -speech.wav',
  ],
  propertyNames: { guidanceScale: 'guidance', deepCacheInterval: 'deepcache' },
  async run({ inputs, options }, { report, signal }) {
    const { LipsyncPipeline } = await import('../../pipelines/lipsync-pipeline-node.ts');
    const { output, model, steps, seed, scheduler, fps, length, quality, device, dtype, threads, insightface } =
      options;
    const result = await LipsyncPipeline.run({
      video: inputs.video,
      audio: inputs.audio,
      output,
      model,
      steps,
      guidanceScale: options.guidance,
      seed,
      scheduler,
      deepCacheInterval: options.deepcache,
      fps,
      length,
      quality,
      reference: options.reference,
      device,
      dtype,
      threads,
      insightface,
      featureCache: !options['no-feature-cache'],
      signal,
      onProgress: report.onProgress,
    });
    report.event('result', result, describeResult(result));
  },
});
