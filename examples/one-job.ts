// One job: a video and speech → the same video, speaking it. Ctrl-C ends it at once; the next run goes on from there.
//   npx tsx examples/one-job.ts talk.mp4 speech.wav out.mp4
import { LatentSyncError, LipsyncPipeline } from 'latentsync';

const [video = 'samples/presenter.mp4', audio = 'samples/speech.wav', output = 'out.mp4'] = process.argv.slice(2);

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort();
});

try {
  const result = await LipsyncPipeline.run({
    video,
    audio,
    output,
    model: 'tiny', // for real footage '1.6', after: npx latentsync models pull 1.6
    steps: 4,
    signal: controller.signal,
    onProgress: ({ stage, done, total = '?' }) => {
      console.log(`${stage}: ${done.toFixed(1)} of ${total}`);
    },
  });
  console.log(`${result.output}: ${result.frames} frames, ${result.framesWithFace} with a face`);
} catch (error) {
  if (!(error instanceof LatentSyncError)) throw error; // a fault of the program, such as an option out of range
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
