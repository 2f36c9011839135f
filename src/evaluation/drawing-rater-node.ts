// Rates drawings of the same faces: how well the opening of the mouth follows the loudness of what is heard.
import { featureRowCount, ROWS_PER_SECOND } from '../audio/feature-windows.ts';
import { monoSamples } from '../pipelines/audio/audio-features.ts';
import { openFaceMesh } from '../pipelines/faces/face-landmarker-node.ts';
import type { DrawingRater, HeardRow, RatedSpeech } from '../pipelines/judge.ts';
import { createRuntime } from '../runtime/child-process-runtime-node.ts';
import type { RuntimeOptions } from '../runtime/hosted-runtime-node.ts';
import { fromPixelValues } from '../tensor/image.ts';
import { throwIfAborted } from '../util/abort.ts';
import { heardFrames } from './heard-frames.ts';
import { measureFace } from './mouth-track.ts';
import { correlation } from './signals.ts';

/** Frames that must hear something for a rating. */
const FEWEST_FRAMES = 4;

/**
 * Listens to speeches, and opens the face mesh in a process of its own. A rating is the correlation of opening and loudness: over the few frames of a window,
 * nothing can be learned of which sounds open this mouth, as `judgeVideo` does, but of drawings by one model it tells the better.
 *
 * @throws LatentSyncError when a speech cannot be read; `aborted` when the signal fires.
 */
export async function openDrawingRater(
  speeches: readonly RatedSpeech[],
  { signal, ...options }: Pick<RuntimeOptions, 'device' | 'threads'> & { signal?: AbortSignal },
): Promise<DrawingRater> {
  const loudness: Float64Array[] = [];
  for (const { sound, measure } of speeches) {
    const { melFrames, maximum } = measure;
    const rows = { frames: featureRowCount(melFrames), frameRate: ROWS_PER_SECOND, laterSeconds: 0, maximum };
    loudness.push((await heardFrames(monoSamples(sound, signal), rows)).loudness);
  }
  const runtime = createRuntime(options);
  const mesh = await openFaceMesh(runtime);
  return {
    async rate(faces, heard: readonly (HeardRow | undefined)[], stop): Promise<number> {
      const [frames, channels, height, width] = faces.shape;
      const [opening, loud]: [number[], number[]] = [[], []];
      for (let frame = 0; frame < frames; frame++) {
        throwIfAborted(stop);
        const row = heard[frame];
        const value = row && (loudness[row.speech][row.row] as number | undefined);
        if (value === undefined || Number.isNaN(value)) continue;
        const area = channels * height * width;
        const image = fromPixelValues(faces.data.subarray(frame * area, (frame + 1) * area), width, height);
        opening.push((await measureFace(image, mesh, { signal: stop })).opening);
        loud.push(value);
      }
      return opening.length < FEWEST_FRAMES ? 0 : correlation(opening, loud);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await mesh[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}
