// One lip-sync job in a process of its own, for measuring: `sync-job-node OPTIONS` with the options as JSON.
import type { LipsyncOptions } from '../pipelines/lipsync-options.ts';
import { LipsyncPipeline } from '../pipelines/lipsync-pipeline-node.ts';

const cancellation = new AbortController();
process.on('SIGTERM', () => {
  cancellation.abort();
});
process.on('disconnect', () => {
  cancellation.abort();
});
const options = JSON.parse(process.argv[2]) as LipsyncOptions;
await LipsyncPipeline.run({ ...options, cache: false, signal: cancellation.signal });
process.disconnect();
