// A process that renders synthetic clips: `clip-worker-node JOB` with the job as JSON; numbers of clips come by message.
import { join } from 'node:path';
import { openFaceLandmarker } from '../../pipelines/faces/face-landmarker-node.ts';
import { createRuntime } from '../../runtime/child-process-runtime-node.ts';
import { LatentSyncError, messageOf, type ErrorCode } from '../../util/errors.ts';
import type { Wording } from '../../util/wording.ts';
import { clipRecipe, type ClipSetRecipe } from './clip-recipe.ts';
import { renderTrainingClip, type RenderingTimes } from './synthetic-clip-renderer-node.ts';
import { CLIP_SUFFIX, writeTrainingClip } from './training-clip-node.ts';

/** What a worker works on. */
export interface ClipWorkerJob {
  set: ClipSetRecipe;
  /** Folder of the clips. */
  output: string;
}

/** The outcome of one clip. */
export interface RenderOutcome {
  kind: 'rendered';
  index: number;
  /** False if the face was lost, in which case there is no file. */
  written: boolean;
  frames: number;
  misses: number;
  milliseconds: RenderingTimes;
}

/** Messages from a worker. */
export type ClipWorkerMessage = RenderOutcome | ClipFailure;

/** Why a clip could not be made. */
export interface ClipFailure {
  kind: 'failed';
  code: ErrorCode;
  problem: Wording;
  remedy?: Wording;
}

const cancellation = new AbortController();
const { signal } = cancellation;
// Ctrl-C reaches every process of the terminal; the program decides what becomes of this one.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  cancellation.abort();
});
if (!process.connected) cancellation.abort();

async function work({ set, output }: ClipWorkerJob): Promise<void> {
  await using runtime = createRuntime({ threads: 1 });
  await using landmarker = await openFaceLandmarker({ runtime });
  const render = async (index: number): Promise<RenderOutcome> => {
    const recipe = clipRecipe(set, index);
    const { contents, ...facts } = await renderTrainingClip(recipe, {
      landmarker,
      set,
      signal,
    });
    if (contents) await writeTrainingClip(join(output, `${recipe.name}${CLIP_SUFFIX}`), contents, signal);
    return { kind: 'rendered', index, written: contents !== undefined, ...facts };
  };
  const answer = (reply: ClipWorkerMessage): void => {
    if (process.connected) process.send?.(reply);
  };
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    process.on('message', (index: number) => {
      render(index).then(answer, (error: unknown) => {
        answer(
          error instanceof LatentSyncError
            ? { kind: 'failed', code: error.code, problem: error.problem, remedy: error.remedy?.text }
            : { kind: 'failed', code: 'runtime-failed', problem: [messageOf(error)] },
        );
        resolve();
      });
    });
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

await work(JSON.parse(process.argv[2]) as ClipWorkerJob);
