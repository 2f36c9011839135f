// latentsync sync: the main job, from a video and an audio file to a video; or a batch of such jobs.
import type { VideoJudgeOptions } from '../../evaluation/video-judge-node.ts';
import type { Judge } from '../../pipelines/judge.ts';
import { lipsyncOptions } from '../../pipelines/lipsync-option-table.ts';
import { defineCommand } from '../command.ts';
import { OutOfSyncError, UsageError } from '../errors.ts';
import { describeCheck, describeResult } from '../result-text.ts';

export const syncCommand = defineCommand({
  description:
    'The output has the size and the frame rate of the video, and the sound of the audio file. ' +
    'It appears only when it is complete; after Ctrl-C, the same command goes on.',
  positionals: ['video', 'audio'],
  alternative: 'batch',
  options: {
    ...lipsyncOptions,
    syncnet: {
      type: 'path',
      group: 'Lips and sound',
      value: 'FILE',
      text: 'Weights of SyncNet v2, syncnet_v2.model: --check and --auto-offset go by its confidence and offset.',
    },
    batch: {
      type: 'path',
      group: 'Batch',
      value: 'FILE',
      names: ['-'],
      essential: true,
      text:
        'Do the jobs that the lines of a file describe: a .csv file with a heading, or a .jsonl file. - reads JSON lines from stdin. ' +
        'Each line has its options by their names; the other options of the command line are for all lines.',
    },
    results: {
      type: 'path',
      group: 'Batch',
      value: 'FILE',
      defaultText: 'FILE.results.jsonl beside the batch, or stdout',
      text: 'JSON lines to add a result to as each job ends. Jobs that are done there, and whose files are unchanged, are skipped.',
    },
  },
  examples: [
    'latentsync sync talk.mp4 speech.wav -o result.mp4',
    'latentsync sync talk.mp4 speech.wav -o result.mp4 --model 1.6 --steps 30 --guidance 2',
    'latentsync sync talk.mov dubbing.mp3 -o result.mp4 --model 1.5 --deepcache 3 --length shortest',
    'latentsync sync --config job.yaml --device cuda',
    'latentsync sync talk.mp4 speech.wav -o result.mp4 --check 0.3',
    'latentsync sync --batch jobs.csv --model 1.6',
  ],
  async run({ batch, results, syncnet, ...options }, { report, signal }) {
    const isMeasured = options.check !== undefined || options.autoOffset === true;
    const isJudged = isMeasured || (options.bestOf ?? 1) > 1;
    if (syncnet !== undefined && !isMeasured && batch === undefined) {
      throw new UsageError('--syncnet is for --check and --auto-offset, which are missing.');
    }
    const judge = isJudged || batch !== undefined ? await judgeOf({ ...options, syncnet }) : undefined;
    if (batch !== undefined) {
      const { runBatch } = await import('../batch/run-batch.ts');
      await runBatch({ file: batch, results, defaults: options, judge }, { report, signal });
      return;
    }
    if (results !== undefined) throw new UsageError('--results is for --batch, which is missing.');
    const { LipsyncPipeline } = await import('../../pipelines/lipsync-pipeline-node.ts');
    const { onProgress, onWarning } = report;
    const result = await LipsyncPipeline.run({ ...options, judge, signal, onProgress, onWarning });
    report.event('result', result, describeResult(result));
    if (result.check?.passed === false) {
      throw new OutOfSyncError(`${describeCheck(result.check)}\n"latentsync eval" shows where; the output is there.`);
    }
  },
});

async function judgeOf({ syncnet, insightface, device, threads, cache }: VideoJudgeOptions): Promise<Judge> {
  const { videoJudge } = await import('../../evaluation/video-judge-node.ts');
  return videoJudge({ syncnet, insightface, device, threads, cache });
}
