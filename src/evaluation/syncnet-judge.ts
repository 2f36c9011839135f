// SyncNetJudge: SyncNet v2 on the faces of a video as they stream by, and on its sound → distances by shift, and from these the score.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { selectKeys } from '../checkpoint/checkpoint-views.ts';
import { SyncNetV2, syncNetAudioGraph, syncNetLipGraph } from '../models/syncnet-v2.ts';
import { isTrainingCounter } from '../nn/norm.ts';
import { bindWeights, checkWeights } from '../nn/weights.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import type { Image8 } from '../tensor/image.ts';
import { Tensor, toFloat32 } from '../tensor/tensor.ts';
import { CROP_SIDE, syncNetCrop } from './syncnet-crop.ts';
import type { CropPlace } from './syncnet-tracks.ts';
import { shiftDistances, VSHIFT } from './sync-score.ts';

/** Frames of a window, and rows of the sound that belong to it; rows per frame. */
const WINDOW = 5;
const SOUND_ROWS = 20;
const ROWS_PER_FRAME = 4;

const COEFFICIENTS = 13;
const EMBEDDING = 1024;

/** Windows that are looked at together. */
const BATCH = 8;

/** The networks with their weights. Disposing it closes them. */
export class SyncNetJudge implements AsyncDisposable {
  readonly #lips: Session;
  readonly #sound: Session;

  private constructor(lips: Session, sound: Session) {
    this.#lips = lips;
    this.#sound = sound;
  }

  /**
   * @param weights - `syncnet_v2.model`.
   * @throws CheckpointMismatchError when they are not exactly the network's.
   */
  static async open(runtime: Runtime, weights: Checkpoint): Promise<SyncNetJudge> {
    const model = new SyncNetV2();
    const used = selectKeys(weights, (key) => !isTrainingCounter(key));
    checkWeights(model, used);
    const lips = await runtime.createSession(await bindWeights(syncNetLipGraph(model), used));
    try {
      return new SyncNetJudge(lips, await runtime.createSession(await bindWeights(syncNetAudioGraph(model), used)));
    } catch (error) {
      await lips[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Windows of five crops each → [N, 1024]. */
  async embedLips(windows: readonly (readonly Float32Array[])[], signal?: AbortSignal): Promise<Tensor<'float32'>> {
    const area = CROP_SIDE ** 2;
    const lip = Tensor.float32([windows.length, 3, WINDOW, CROP_SIDE, CROP_SIDE]);
    for (const [index, crops] of windows.entries()) {
      for (const [frame, crop] of crops.entries()) {
        for (let channel = 0; channel < 3; channel++) {
          const plane = crop.subarray(channel * area, (channel + 1) * area);
          lip.data.set(plane, ((index * 3 + channel) * WINDOW + frame) * area);
        }
      }
    }
    const { lip_embeds: embeds } = await this.#lips.run({ lip }, { signal });
    return toFloat32(embeds);
  }

  /** Windows of the sound, each from a row of the MFCC [T, 13] on → [N, 1024]. Beyond the sound, rows are zeros. */
  async embedSound(
    rows: Tensor<'float32'>,
    firstRows: readonly number[],
    signal?: AbortSignal,
  ): Promise<Tensor<'float32'>> {
    const mfcc = Tensor.float32([firstRows.length, 1, COEFFICIENTS, SOUND_ROWS]);
    for (const [index, first] of firstRows.entries()) {
      for (let row = 0; row < SOUND_ROWS; row++) {
        for (let k = 0; k < COEFFICIENTS; k++) {
          const value = rows.data[(first + row) * COEFFICIENTS + k] as number | undefined;
          mfcc.data[(index * COEFFICIENTS + k) * SOUND_ROWS + row] = first + row < 0 ? 0 : (value ?? 0);
        }
      }
    }
    const { audio_embeds: embeds } = await this.#sound.run({ mfcc }, { signal });
    return toFloat32(embeds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lips[Symbol.asyncDispose]();
    await this.#sound[Symbol.asyncDispose]();
  }
}

/** A track as SyncNet watches it: its frames are consecutive. */
export interface WatchedTrack {
  readonly firstFrame: number;
  /** One for each frame. */
  readonly places: readonly CropPlace[];
}

/** Watches a track, frame by frame; memory does not grow with its length, but for 124 bytes per frame. */
export class SyncNetWatch {
  readonly #judge: SyncNetJudge;
  readonly #track: WatchedTrack;
  readonly #rows: Tensor<'float32'>;
  readonly #laterRows: number;
  readonly #distances: Float32Array[] = [];
  /** Crops from the first window that was not looked at on. */
  #crops: Float32Array[] = [];
  readonly #sound = new Map<number, Float32Array>();
  #watched = 0;

  /**
   * @param sound.rows - MFCC of the sound [T, 13].
   * @param sound.laterRows - how many rows later than the first frame of the video it begins.
   */
  constructor(judge: SyncNetJudge, track: WatchedTrack, sound: { rows: Tensor<'float32'>; laterRows: number }) {
    this.#judge = judge;
    this.#track = track;
    this.#rows = sound.rows;
    this.#laterRows = sound.laterRows;
  }

  /** Distances for each window so far, by shift: [31] each, the first of the track's first frame. */
  get distances(): readonly Float32Array[] {
    return this.#distances;
  }

  /** Takes the next frame of the track. */
  async watch(frame: Image8, signal?: AbortSignal): Promise<void> {
    this.#crops.push(syncNetCrop(frame, this.#track.places[this.#watched++]));
    if (this.#crops.length === BATCH + WINDOW - 1) await this.#look(BATCH, signal);
  }

  /** Looks at the windows that are left. */
  async finish(signal?: AbortSignal): Promise<void> {
    const left = this.#crops.length - WINDOW + 1;
    if (left > 0) await this.#look(left, signal);
  }

  async #look(count: number, signal: AbortSignal | undefined): Promise<void> {
    const windows = Array.from({ length: count }, (_, i) => this.#crops.slice(i, i + WINDOW));
    const lips = await this.#judge.embedLips(windows, signal);
    this.#crops = this.#crops.slice(count);
    const first = this.#distances.length;
    await this.#hear(first - VSHIFT, first + count + VSHIFT, signal);
    for (let i = 0; i < count; i++) {
      const window = first + i;
      const heard = (shift: number): Float32Array | undefined => this.#sound.get(window + shift);
      this.#distances.push(shiftDistances(lips.data.subarray(i * EMBEDDING, (i + 1) * EMBEDDING), heard));
    }
    for (const window of this.#sound.keys()) if (window < first + count - VSHIFT) this.#sound.delete(window);
  }

  /** Hears the sound of some windows of the track; before its first and after its last there is none, as in the official code. */
  async #hear(from: number, to: number, signal: AbortSignal | undefined): Promise<void> {
    const last = this.#track.places.length - WINDOW;
    const missing: number[] = [];
    for (let window = Math.max(0, from); window < to && window <= last; window++) {
      if (!this.#sound.has(window)) missing.push(window);
    }
    if (missing.length === 0) return;
    const firstRows = missing.map((window) => (this.#track.firstFrame + window) * ROWS_PER_FRAME - this.#laterRows);
    const sound = await this.#judge.embedSound(this.#rows, firstRows, signal);
    for (const [i, window] of missing.entries()) {
      this.#sound.set(window, sound.data.slice(i * EMBEDDING, (i + 1) * EMBEDDING));
    }
  }
}
