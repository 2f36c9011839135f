// A batch: one video, several recordings. The networks are loaded once; a bar shows each job and the time that is left.
//   npx tsx examples/batch.ts talk.mp4 english.wav french.wav
import { parse } from 'node:path';
import { LatentSyncError, LipsyncPipeline, type Progress } from 'latentsync';

const [video = 'samples/presenter.mp4', ...recordings] = process.argv.slice(2);
if (recordings.length === 0) recordings.push('samples/speech.wav');

const WIDTH = 30;

/** Draws a bar for the whole job; a terminal sees it grow in one line. */
function showProgress(name: string, { stage, job }: Progress): void {
  const filled = Math.floor((job?.fraction ?? 0) * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  const left = job?.etaSeconds === undefined ? '' : `${Math.ceil(job.etaSeconds)} s left`;
  process.stdout.write(`\r${name} ${bar} ${stage.padEnd(6)} ${left.padEnd(12)}`);
}

await using pipeline = await LipsyncPipeline.open({ model: 'tiny' });
for (const audio of recordings) {
  const { name } = parse(audio);
  try {
    const onProgress = (progress: Progress): void => {
      showProgress(name, progress);
    };
    const result = await pipeline.run({ video, audio, output: `${name}.mp4`, steps: 4, onProgress });
    console.log(`\n${result.output}: ${result.frames} frames in ${result.elapsedSeconds.toFixed(1)} s`);
  } catch (error) {
    // One bad recording does not end the batch: the pipeline stays open.
    if (!(error instanceof LatentSyncError)) throw error;
    console.log(`\n${audio}: ${error.message}`);
  }
}
