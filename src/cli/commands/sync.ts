// latentsync sync: the main job, from a video and an audio file to a video.
import type { LipsyncResult } from '../../pipelines/lipsync-pipeline-node.ts';
import { knownModels } from '../../hub/model-registry.ts';
import { lipsyncOptions } from '../../pipelines/lipsync-options.ts';
import { printable } from '../../util/printable.ts';
import { defineCommand } from '../command.ts';
import { formatSeconds } from '../progress-text.ts';

/** Returns the summary of a finished job for people. */
export function describeResult(result: LipsyncResult): string {
  const { output, frames, framesWithFace, durationSeconds, elapsedSeconds } = result;
  const rate = (frames / elapsedSeconds).toFixed(1);
  const lines = [
    `${printable(output)}: ${frames} ${frames === 1 ? 'frame' : 'frames'}, ${durationSeconds.toFixed(2)} s of video, ` +
      `in ${formatSeconds(elapsedSeconds)} (${rate} frames/s).`,
  ];
  if (framesWithFace < frames) {
    lines.push(`A face was found in ${framesWithFace} frames; the other ${frames - framesWithFace} are unchanged.`);
  }
  if (knownModels.some(({ kind, name }) => kind === 'embedded' && name === result.model)) {
    lines.push(
      `Model ${result.model} is small and has only seen rendered people, so real people get a synthetic mouth. For real footage, ` +
        'use the official model: run "latentsync models pull 1.6", then sync with --model 1.6.',
    );
  }
  return lines.join('\n');
}

export const syncCommand = defineCommand({
  description:
    'The output has the size and the frame rate of the video, and the sound of the audio file. ' +
    'It appears only when it is complete; Ctrl-C leaves nothing behind.',
  positionals: ['video', 'audio'],
  options: lipsyncOptions,
  examples: [
    'latentsync sync talk.mp4 speech.wav -o result.mp4',
    'latentsync sync talk.mp4 speech.wav -o result.mp4 --model 1.6 --steps 30 --guidance 2',
    'latentsync sync talk.mov dubbing.mp3 -o result.mp4 --model 1.5 --deepcache 3 --length shortest',
    'latentsync sync --config job.yaml --device cuda',
  ],
  async run(options, { report, signal }) {
    const { LipsyncPipeline } = await import('../../pipelines/lipsync-pipeline-node.ts');
    const { onProgress, onWarning } = report;
    const result = await LipsyncPipeline.run({ ...options, signal, onProgress, onWarning });
    report.event('result', result, describeResult(result));
  },
});
