// Audio2Feature: 16 kHz samples → Whisper's embeddings, 50 rows per second of [layers+1, state], and the tokens of each video frame.
import { encoderInputs, type LogMelMeasure, type SampleStream } from '../../audio/encoder-inputs.ts';
import {
  chunkIndices,
  encoderWindows,
  featureChunk,
  FeatureJoiner,
  keptRowsOf,
  type EncoderWindow,
} from '../../audio/feature-windows.ts';
import { embeddingLayers, type WhisperEncoderConfig } from '../../models/whisper-encoder.ts';
import type { Session } from '../../runtime/runtime.ts';
import { toFloat32, type Tensor } from '../../tensor/tensor.ts';
import { joined } from '../../util/joined.ts';
import { ProgressReporter, type OnProgress } from '../../util/progress.ts';

/** Keeps the rows of windows, so that the encoder need not run again. */
export interface WindowRows {
  /** Returns the rows that a window keeps; undefined if they are not there. */
  read(window: EncoderWindow): Promise<Float32Array | undefined>;
  /** Keeps the rows of a window. */
  write(window: EncoderWindow, rows: Float32Array): Promise<void>;
}

/** Options of {@link Audio2Feature.audio2feat}. */
export interface Audio2FeatOptions {
  /** Cuts the audio as the reference does, into windows end to end, which glitch at their edges every 30 s. Default false. */
  reference?: boolean;
  /** Some windows that follow one another. Rows begin with `firstRowFrom(windows[0])` then. Default: all. */
  windows?: readonly EncoderWindow[];
  /** Windows of which this is false are left out: their rows are not numbers. Default: none. */
  isWanted?: (window: EncoderWindow) => boolean;
  /** By default all windows are encoded, and none is kept. */
  kept?: WindowRows;
  /** Called for each window, when its rows are there. */
  onWindow?: (isKept: boolean) => void;
  signal?: AbortSignal;
  /** Stage `audio`, in feature rows. */
  onProgress?: OnProgress;
}

/** Runs the Whisper encoder over audio of any length. */
export class Audio2Feature {
  readonly #encoder: Session;
  readonly #config: WhisperEncoderConfig;

  /** @param encoder - session of `whisperEncoderGraph`. */
  constructor(encoder: Session, config: WhisperEncoderConfig) {
    this.#encoder = encoder;
    this.#config = config;
  }

  /** Embeddings per row: the input of the first block and the output of each. */
  get layers(): number {
    return embeddingLayers(this.#config);
  }

  /** Values per row: layers · state. */
  get rowWidth(): number {
    return this.layers * this.#config.nAudioState;
  }

  /**
   * Yields the rows of a recording in order, several at a time, each [rows, layers, state] flat;
   * `featureRowCount(measure.melFrames)` rows in total.
   */
  async *audio2feat(
    audio: SampleStream,
    measure: LogMelMeasure,
    options: Audio2FeatOptions = {},
  ): AsyncGenerator<Float32Array> {
    const { windows = encoderWindows(measure.melFrames, options.reference ? { overlap: 0 } : {}) } = options;
    const { isWanted = () => true, kept, onWindow, signal, onProgress } = options;
    const firstRow = windows[0].rowsKeptFrom;
    const joiner = new FeatureJoiner(this.rowWidth);
    const progress = new ProgressReporter('audio', windows[windows.length - 1].rowsKeptTo - firstRow, onProgress);
    // The audio is read from the first window on that has to be encoded.
    let inputs: ReturnType<typeof encoderInputs> | undefined;
    try {
      for (const [index, window] of windows.entries()) {
        if (!isWanted(window)) {
          const { rowsKeptFrom, rowsKeptTo } = window;
          yield joiner.add(window, new Float32Array((rowsKeptTo - rowsKeptFrom) * this.rowWidth).fill(NaN));
          continue;
        }
        let rows = await kept?.read(window);
        onWindow?.(rows !== undefined);
        if (!rows) {
          inputs ??= encoderInputs(audio, measure, windows.slice(index), { signal });
          rows = keptRowsOf(window, await this.#encode(await inputOf(inputs, window), signal), this.rowWidth);
          await kept?.write(window, rows);
          if (index === windows.length - 1) await inputs.return(undefined); // nothing more is read
        }
        progress.report(window.rowsKeptTo - firstRow);
        yield joiner.add(window, rows);
      }
    } finally {
      await inputs?.return(undefined);
    }
  }

  /** [80, 3000] → [T, layers, state] */
  async #encode(mel: Tensor<'float32'>, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { embeddings } = await this.#encoder.run({ mel: mel.reshape([1, ...mel.shape]) }, { signal });
    return toFloat32(embeddings).transpose([0, 2, 1, 3]).data; // [1, layers, T, state] → [1, T, layers, state]
  }
}

/** Passes over the inputs of windows whose rows are kept. */
async function inputOf(inputs: ReturnType<typeof encoderInputs>, wanted: EncoderWindow): Promise<Tensor<'float32'>> {
  for (;;) {
    const next = await inputs.next();
    if (next.done) throw new Error('there is no input for this window');
    if (next.value.window === wanted) return next.value.mel;
  }
}

/** What {@link FeatureChunks} reads. */
export interface FeatureChunksOptions {
  /** Feature rows in order, from `Audio2Feature.audio2feat` or a cache. */
  rows: AsyncIterable<Float32Array> | Iterable<Float32Array>;
  /** Number of the first of them. Default 0. */
  firstRow?: number;
  /** Total rows of the audio. */
  rowCount: number;
  rowWidth: number;
  /** Video frames per second. */
  fps: number;
  /** Frames of context before and after; default [2, 2]. */
  audioFeatLength?: readonly [number, number];
}

/** The audio tokens of successive video frames; holds only the rows around the current one. Disposing it ends the computing of more. */
export class FeatureChunks implements AsyncDisposable {
  readonly #options: FeatureChunksOptions;
  readonly #rows: AsyncIterator<Float32Array> | Iterator<Float32Array>;
  #buffer = new Float32Array(0);
  #firstRow: number;

  constructor(options: FeatureChunksOptions) {
    this.#options = options;
    const { rows, firstRow = 0 } = options;
    this.#firstRow = firstRow;
    this.#rows = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  }

  /**
   * Returns the tokens of a video frame, [chunk rows · layers, state] flat.
   *
   * @param frameIndex - must not decrease from call to call.
   */
  async chunk(frameIndex: number): Promise<Float32Array> {
    const { rowCount, rowWidth, fps, audioFeatLength } = this.#options;
    const indices = chunkIndices(rowCount, frameIndex, fps, { audioFeatLength });
    const [first] = indices;
    const end = indices[indices.length - 1] + 1;
    while (this.#firstRow + this.#buffer.length / rowWidth < end) {
      const next = await this.#rows.next();
      if (next.done) throw new RangeError(`The features end before row ${end - 1} of ${rowCount}.`);
      this.#advance(first, next.value);
    }
    return featureChunk(this.#buffer, rowWidth, indices, this.#firstRow);
  }

  /** Ends the encoding of rows that nobody took. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rows.return?.();
  }

  /** Drops rows before `first`, which no later frame hears, and appends new ones. */
  #advance(first: number, rows: Float32Array): void {
    const { rowWidth } = this.#options;
    const held = this.#buffer.length / rowWidth;
    const dropped = Math.min(Math.max(first - this.#firstRow, 0), held);
    this.#buffer = joined([this.#buffer.subarray(dropped * rowWidth), rows]);
    this.#firstRow += dropped;
  }
}
