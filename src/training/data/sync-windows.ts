// What StableSyncNet compares: the lower halves of successive frames, and the matching part of the mel spectrogram.
import { Tensor } from '../../tensor/tensor.ts';
import type { SeededRandom } from '../../synthetic/random.ts';
import { facePlanes } from './face-planes.ts';

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
 * Returns the mel frames that begin with a video frame, [1, 1, 80, length]; beyond the recording's end there is silence.
 *
 * @param mel - the whole recording, [80, T].
 */
export function melWindow(mel: Tensor<'float32'>, frame: number, frameRate: number, length: number): Tensor<'float32'> {
  const total = mel.shape[1];
  const first = Math.min(total, Math.floor((frame * SYNC_MEL_RATE) / frameRate));
  const end = Math.min(total, first + length);
  const silence = Tensor.float32([SYNC_MEL_BANDS, length - (end - first)]);
  silence.data.fill(SILENCE);
  return Tensor.concat([mel.slice(1, first, end), silence], 1).reshape([1, 1, SYNC_MEL_BANDS, length]);
}

/** Returns the lower halves of frames [F, R, R, 3] with the channels of all frames stacked, [1, 3·F, R/2, R] within ±1. */
export function lowerHalves(frames: Tensor<'uint8'>): Tensor<'float32'> {
  const [count, resolution] = frames.shape;
  const half = resolution / 2;
  return facePlanes(frames.slice(1, half)).reshape([1, 3 * count, half, resolution]);
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
