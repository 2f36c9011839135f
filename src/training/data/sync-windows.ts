// What StableSyncNet compares: the lower halves of successive frames, and the matching part of the mel spectrogram.
import type { Tensor } from '../../tensor/tensor.ts';
import type { SeededRandom } from '../../synthetic/random.ts';

/** Bands of the mel spectrogram. */
export const SYNC_MEL_BANDS = 80;

/** Mel frames per second. */
const SYNC_MEL_RATE = 80;

/** Value of the spectrogram in silence. */
const SILENCE = -4;

/** Returns how many mel frames a number of video frames spans, rounded up. */
export function syncMelFrames(frames: number, frameRate: number): number {
  return Math.ceil((frames * SYNC_MEL_RATE) / frameRate);
}

/**
 * Copies the mel frames that begin with a video frame; beyond the recording's end there is silence.
 *
 * @param mel - the whole recording, [80, T].
 * @param out - [80, length] flat.
 */
export function copyMelWindow(mel: Tensor<'float32'>, frame: number, frameRate: number, out: Float32Array): void {
  const total = mel.shape[1];
  const length = out.length / SYNC_MEL_BANDS;
  const first = Math.floor((frame * SYNC_MEL_RATE) / frameRate);
  const known = Math.max(0, Math.min(length, total - first));
  out.fill(SILENCE);
  for (let band = 0; band < SYNC_MEL_BANDS; band++) {
    out.set(mel.data.subarray(band * total + first, band * total + first + known), band * length);
  }
}

/** Copies the lower halves of frames [F, R, R, 3] with the channels of all frames stacked, [3·F, R/2, R] within ±1. */
export function copyLowerHalves(frames: Tensor<'uint8'>, out: Float32Array): void {
  const [count, resolution] = frames.shape;
  const area = resolution * resolution;
  const half = area / 2;
  for (let frame = 0; frame < count; frame++) {
    for (let pixel = 0; pixel < half; pixel++) {
      const from = 3 * (frame * area + half + pixel);
      for (let channel = 0; channel < 3; channel++) {
        out[(3 * frame + channel) * half + pixel] = frames.data[from + channel] / 127.5 - 1;
      }
    }
  }
}

/** How the windows of a batch are drawn. The frames of each are compared with the sound of each. */
export interface SyncBatch {
  /** Windows of a batch. */
  batchSize: number;
  /** Consecutive windows from the same clip, as long as they fit. */
  windowsPerClip: number;
  /** Least distance, in frames, of two windows of the same clip: sound shifted by as much counts as wrong. */
  minShift: number;
}

/** Frames of a clip with their sound. */
export interface SyncWindow {
  /** Index of the clip. */
  clip: number;
  /** The first frame. */
  start: number;
}

/**
 * Draws the windows of a batch.
 *
 * @param starts - how many frames a window may begin with, for each clip. There must be room: see `roomForSyncWindows`.
 */
export function drawSyncWindows(random: SeededRandom, starts: readonly number[], batch: SyncBatch): SyncWindow[] {
  const windows: SyncWindow[] = [];
  while (windows.length < batch.batchSize) {
    const clip = random.integer(starts.length);
    const free = new Set(Array.from({ length: starts[clip] }, (_, start) => start));
    const take = (taken: number): void => {
      for (let near = 1 - batch.minShift; near < batch.minShift; near++) free.delete(taken + near);
    };
    for (const window of windows) if (window.clip === clip) take(window.start);
    for (let count = 0; count < batch.windowsPerClip && windows.length < batch.batchSize && free.size > 0; count++) {
      const start = [...free][random.integer(free.size)];
      windows.push({ clip, start });
      take(start);
    }
  }
  return windows;
}

/** Returns how many windows fit into clips wherever they are drawn: each blocks the starts around its own for the others. */
export function roomForSyncWindows(starts: readonly number[], minShift: number): number {
  return starts.reduce((sum, count) => sum + Math.ceil(count / (2 * minShift - 1)), 0);
}
