// The clips and recordings that a model is measured on: labeled clips of a folder, natural speech from files.
import { basename } from 'node:path';
import { SAMPLE_RATE } from '../../audio/log-mel-spectrogram.ts';
import { openAudio } from '../../media/input-file-node.ts';
import { measureAudio, monoSamples } from '../../pipelines/audio/audio-features.ts';
import type { LipsyncModelDefaults } from '../../pipelines/lipsync-model.ts';
import { LatentSyncError } from '../../util/errors.ts';
import { action, wording } from '../../util/wording.ts';
import { isHeldOut } from '../data/clip-recipe.ts';
import { ClipSet } from '../data/clip-set-node.ts';
import type { TrainingClip } from '../data/training-clip.ts';
import type { LabeledClip } from './labeled-clip.ts';

/** Seconds used of each recording. */
const LONGEST_SPEECH = 10;

/** Labeled clips. Disposing them closes their files. */
export interface LabeledClips extends AsyncDisposable {
  readonly clips: readonly LabeledClip[];
  /** Whether all are of people that training never sees. */
  readonly heldOut: boolean;
}

/**
 * Opens the first clips of a folder.
 *
 * @throws LatentSyncError as `ClipSet.open` does, or `input-invalid` for clips without labels or at another frame rate.
 */
export async function openLabeledClips(
  folder: string,
  { resolution, videoFps }: LipsyncModelDefaults,
  limit: number,
): Promise<LabeledClips> {
  const set = await ClipSet.open(folder, { resolution, limit, heldOut: true });
  try {
    const clips: LabeledClip[] = [];
    for (const [index, clip] of set.clips.entries()) {
      const labels = await clip.readLabels();
      if (!labels) throw unusable(clip, 'has no labels: it is real footage');
      if (clip.frameRate !== videoFps) {
        throw unusable(clip, `has ${clip.frameRate} frames per second, and the model takes ${videoFps}`);
      }
      clips.push({ name: basename(set.paths[index]), clip, labels });
    }
    return {
      clips,
      heldOut: clips.every(({ clip }) => isHeldOut(Number(clip.origin.person))),
      [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
    };
  } catch (error) {
    await set[Symbol.asyncDispose]();
    throw error;
  }
}

function unusable({ name }: TrainingClip, fault: string): LatentSyncError {
  return new LatentSyncError('input-invalid', wording`${name} ${fault}.`, {
    remedy: wording`Use synthetic clips, made by ${action('generateClips', { heldOut: true })}.`,
  });
}

/**
 * Returns the beginning of a recording, at most 10 seconds, as 16 kHz mono samples.
 *
 * @throws LatentSyncError when the file cannot be read, or holds no speech.
 */
export async function readSpeech(path: string, signal?: AbortSignal): Promise<Float32Array> {
  await using audio = await openAudio(path);
  await measureAudio(audio, signal);
  const samples = new Float32Array(LONGEST_SPEECH * SAMPLE_RATE);
  let filled = 0;
  for await (const piece of monoSamples(audio, signal)) {
    const part = piece.subarray(0, samples.length - filled);
    samples.set(part, filled);
    filled += part.length;
    if (filled === samples.length) break;
  }
  return samples.subarray(0, filled);
}
